namespace Guildhall.Memberships;

/// <summary>Why a request is turned down, in the code and words the caller reads.</summary>
/// <param name="Status">The HTTP status.</param>
/// <param name="Code">8 to 36 characters, as the reference limits <c>error_code</c>.</param>
/// <param name="Message">2 to 512 characters, as the reference limits <c>error_msg</c>; the reference's own sentence where it has one.</param>
/// <param name="Rank">When several refusals apply, the one with the lowest rank is returned.</param>
/// <param name="Remedy">What the caller should change; for the documentation.</param>
public sealed record Refusal(int Status, string Code, string Message, int Rank, string Remedy)
{
    /// <summary>The reference's limit for <c>error_msg</c>, in characters.</summary>
    public const int MaxMessageLength = 512;

    private const int MaxQuotedLength = 64;

    private static readonly List<Refusal> Ranking = [];

    // --- The request as HTTP -------------------------------------------------------------------------------------
    public static readonly Refusal Draining = Ranked(503, "BCS.5030503", "The service is stopping", "Send the request again; another replica or the restarted service takes it.");
    public static readonly Refusal Overloaded = Ranked(503, "BCS.5030503", "The service has all it can do", "Send the request again after Retry-After; when it comes often, have the operator add processors or replicas.");
    public static readonly Refusal RequestMalformed = Ranked(400, "APIGW.0602", "Bad request", "Send well-formed HTTP/1.1, with a Host header and one Content-Length.");
    public static readonly Refusal ProtocolUnsupported = Ranked(400, "APIGW.0607", "The following protocol is supported: HTTP/1.1, HTTP/2", "Send HTTP/1.1 or HTTP/2; in a proxy, set its upstream version.");
    public static readonly Refusal HeadersTooLarge = Ranked(431, "APIGW.0201", "Request headers too large", "Send at most 32768 characters in one header, 128 KiB and 100 headers in all.");
    public static readonly Refusal UriTooLong = Ranked(414, "APIGW.0201", "Request URI too large", "Send at most 32 KiB of path and query.");
    public static readonly Refusal ProjectPlaceholder = Ranked(400, "BCS.4006003", "Invalid Parameter project_id", "Replace {project_id} in the path by the id of your project.");
    public static readonly Refusal UrlUnknown = Ranked(404, "BCS.4040404", "Not Found:the url is not found", "Check the path against /docs.");
    public static readonly Refusal MethodUnsupported = Ranked(405, "BCS.4050405", "The method is not supported here", "Use a method from the Allow header.");

    // --- Who is calling ------------------------------------------------------------------------------------------
    public static readonly Refusal TooManyFailures = Ranked(429, "APIGW.0308", "The throttling threshold has been reached", "Wait as long as Retry-After says; then try with the right password or keys.");
    public static readonly Refusal TokenInvalid = Ranked(401, "BCS.4010401", "Incorrect token or token resolution failed", "Get a token from POST /v3/auth/tokens, or sign the request with your access key.");
    public static readonly Refusal SignatureInvalid = Ranked(401, "APIGW.0301", "Incorrect IAM authentication information: verify aksk signature fail", "Check access key, secret key and clock; sign exactly what is sent.");
    public static readonly Refusal TooManyRequests = Ranked(429, "APIGW.0308", "The throttling threshold has been reached", "Wait as long as Retry-After says; send fewer requests, or have the operator raise the limit.");
    public static readonly Refusal TooManyAtOnce = Ranked(429, "APIGW.0308", "The throttling threshold has been reached", "Wait for answers before sending more; one account leaves some of the service to the others.");
    public static readonly Refusal ProjectForbidden = Ranked(403, "BCS.4030403", "No permissions to request this method", "Put a project of the caller's own into the path; scope the token to it.");
    public static readonly Refusal RoleForbidden = Ranked(403, "BCS.4030403", "No permissions to request this method", "Ask an administrator of the account; a reader may only read.");

    // --- The request's body and query ----------------------------------------------------------------------------
    public static readonly Refusal MediaTypeUnsupported = Ranked(415, "BCS.4150415", "Unsupported media type", "Send the body as application/json in UTF-8.");
    public static readonly Refusal BodyTooLarge = Ranked(413, "APIGW.0201", "Request entity too large", "Send fewer or shorter items; the message names the limit.");
    public static readonly Refusal BodyTooSlow = Ranked(408, "APIGW.0201", "Request timed out", "Send the whole body without pauses.");
    public static readonly Refusal BodyMalformed = Ranked(400, "BCS.4006003", "Invalid Parameter body", "Send one JSON object in UTF-8; the message says where it breaks.");
    public static readonly Refusal ParameterMissing = Ranked(400, "BCS.4006009", "One of parameters is nil", "Add the parameter that the message names.");
    public static readonly Refusal ParameterInvalid = Ranked(400, "BCS.4006003", "Invalid Parameter", "Correct the parameter that the message names.");
    public static readonly Refusal ChannelNameInvalid = Ranked(400, "BCS.4006012", "Invalid channel name", "Use 4 to 24 lower-case letters, digits and underscores, a letter first, no underscore last.");
    public static readonly Refusal QuotaTypeInvalid = Ranked(400, "BCS.4006014", "Invalid Parameter quotasType", "Ask for the type instance, or for none.");

    // --- What an account may add -----------------------------------------------------------------------------------
    public static readonly Refusal TooManyWrites = Ranked(429, "APIGW.0308", "The throttling threshold has been reached", "Wait as long as Retry-After says; change less, or have the operator raise limits.writes_per_hour.");

    // --- A request that is sent again ----------------------------------------------------------------------------
    public static readonly Refusal KeyReused = Ranked(409, "BCS.4007031", "The Idempotency-Key was used for another request", "Choose a new key for each request; only the same request, byte for byte, may be sent with it again.");
    public static readonly Refusal TooManyKeys = Ranked(429, "APIGW.0308", "The throttling threshold has been reached", "Wait as long as Retry-After says, send fewer requests with a key, or have the operator raise limits.idempotency_keys.");

    // --- The objects the request names ---------------------------------------------------------------------------
    public static readonly Refusal ServiceNotFound = Ranked(400, "BCS.4001011", "Operation failed. The service does not exist or has been deleted. Refresh the page", "Use the id of a service of this project; ListBlockchains lists them.");
    public static readonly Refusal ServiceNameTaken = Ranked(400, "BCS.4001018", "Operation failed. A service with the same name already exists. Enter another name and try again", "Choose another name.");
    public static readonly Refusal ChannelNotFound = Ranked(400, "BCS.4007001", "The channel does not exist", "Use the name of a channel of the service; ListBlockchainChannels lists them.");
    public static readonly Refusal OrganizationNotFound = Ranked(400, "BCS.4001051", "Input org is not exist", "Use the name of an organization of the service; ShowBlockchainNodes lists them.");
    public static readonly Refusal ServiceQuotaReached = Ranked(400, "BCS.4007002", "The quota of services is used up", "Delete a service, or have the operator raise the limit.");
    public static readonly Refusal ChannelExists = Ranked(400, "BCS.4007003", "A channel with the same name already exists", "Choose another name.");
    public static readonly Refusal ChannelQuotaReached = Ranked(400, "BCS.4007004", "The service's edition allows no more channels", "Delete a channel, or use a higher edition.");
    public static readonly Refusal PeerQuotaReached = Ranked(400, "BCS.4007005", "The peers asked for are not there", "Stay within the peers that the organization has and its edition allows.");
    public static readonly Refusal ChannelInUse = Ranked(400, "BCS.4007006", "The channel is in use", "Remove its organizations and invitations first; only an empty channel can be deleted.");
    public static readonly Refusal OrganizationInUse = Ranked(400, "BCS.4007007", "The organization is in use", "Take it out of its channels first: orgs/quit for own channels, members/quit for joined ones.");

    // --- Inviting ------------------------------------------------------------------------------------------------
    public static readonly Refusal NotConsortium = Ranked(400, "BCS.4007011", "Only a consortium (union) service can invite", "Invite from a service whose blockchain type is union.");
    public static readonly Refusal EditionCannotInvite = Ranked(400, "BCS.4007012", "The service's edition cannot form a consortium", "Use a professional or enterprise service.");
    public static readonly Refusal NotCreator = Ranked(400, "BCS.4007013", "An invited tenant's service cannot do this; only the inviting party's can", "Use a service that was not created as an invitee.");
    public static readonly Refusal InviteeUnknown = Ranked(400, "BCS.4007014", "The invited account does not exist", "Check the name; it is the account (tenant) name, exact to the letter.");
    public static readonly Refusal InviteeIsInviter = Ranked(400, "BCS.4007015", "An account cannot invite itself", "Leave your own account out.");
    public static readonly Refusal AlreadyInvited = Ranked(400, "BCS.4007016", "The account is already invited to this channel or has joined it", "Leave it out, or delete its invitation first.");
    public static readonly Refusal MemberLimitReached = Ranked(400, "BCS.4007017", "The member limit of the service is reached", "Invite fewer, delete open invitations, or have the operator raise the limit.");
    public static readonly Refusal InboxFull = Ranked(400, "BCS.4007018", "Too many invitations wait for the invited account", "Wait for its answers, or delete open invitations.");
    public static readonly Refusal InvitedTooOften = Ranked(429, "APIGW.0308", "The throttling threshold has been reached", "Wait as long as Retry-After says; do not invite the same account again and again.");

    // --- Answering, quitting, deleting ---------------------------------------------------------------------------
    public static readonly Refusal InvitationNotFound = Ranked(400, "BCS.4007021", "The invitation does not exist", "Check channel, service and account; ListNotifications and ListMembers show what there is.");
    public static readonly Refusal AlreadyAgreed = Ranked(400, "BCS.4001041", "You have agreed to join this channel; refresh later to see the status", "Wait; ListNotifications shows when the join is done.");
    public static readonly Refusal InvitationClosed = Ranked(400, "BCS.4006005", "ActOnDetailNotification fail: the invitation no longer waits for an answer", "Ask the inviter for a new invitation.");
    public static readonly Refusal ServiceMismatch = Ranked(400, "BCS.4007022", "The invitee's service does not match the inviter's", "Agree with a service of the same type, consensus, algorithm, edition and Fabric version.");
    public static readonly Refusal ServiceTaken = Ranked(400, "BCS.4007023", "The invitee's service serves another inviter", "Agree with another service; one service serves one inviter.");
    public static readonly Refusal NotJoined = Ranked(400, "BCS.4006003", "Invalid Parameter notification status", "Only a joined member can quit; check the ids and the state.");
    public static readonly Refusal NotDeletable = Ranked(400, "BCS.4007024", "An invitation in this state cannot be deleted", "Only waiting, reject, quit and released ones can; a joined member has to quit first.");
    public static readonly Refusal NotificationNotFound = Ranked(404, "BCS.4007025", "The notification does not exist", "Use the id of a notification that ListNotifications shows.");
    public static readonly Refusal NotificationWaiting = Ranked(400, "BCS.4007026", "A notification that waits for an answer cannot be hidden", "Agree or reject first.");
    public static readonly Refusal InviterDisabled = Ranked(400, "BCS.4007027", "The inviting account is disabled", "Reject the invitation, or wait until the operator has enabled the account.");
    public static readonly Refusal PossessionUnproven = Ranked(400, "BCS.4007028", "It is not proven whose the organization is", "Have an administrator of the organization sign its challenge (POST to its service's /network/challenge), or attach it with the administrator's key.");
    public static readonly Refusal OrganizationHeld = Ranked(400, "BCS.4007029", "The organization's place on the channel is taken", "Settle with the inviter whose the organization is; who holds the place has to quit first.");

    // --- Signing a channel's change -------------------------------------------------------------------------------
    public static readonly Refusal SignatureRequestNotFound = Ranked(404, "BCS.4007041", "The signature request does not exist", "Use the id of a request that ListSignatureRequests shows.");
    public static readonly Refusal SignatureAnswered = Ranked(400, "BCS.4007042", "The signature request no longer waits for an answer", "Nothing is to be done; ListSignatureRequests shows what still waits.");
    public static readonly Refusal SignatureUnfit = Ranked(400, "BCS.4007043", "The signature does not count", "Sign the update that the request shows, with an administrator's key of the organization that is asked; the message says what is wrong with this one.");

    // --- A service on its network ---------------------------------------------------------------------------------
    public static readonly Refusal NotAttached = Ranked(404, "BCS.4007051", "The service is not attached to a network", "Attach it: PUT to the same address, or guildhall fabric attach.");
    public static readonly Refusal AttachmentUnfit = Ranked(400, "BCS.4007052", "The service cannot be attached with this", "Correct what the message names; with ?check=true, everything that was looked at is told, each with its remedy.");
    public static readonly Refusal TooManyLooks = Ranked(429, "BCS.4007053", "Too many looks at networks", "Wait as long as Retry-After says; a look that asks many nodes counts as several.");

    // --- What an answer or a quit would cause ---------------------------------------------------------------------
    public static readonly Refusal NothingPlanned = Ranked(400, "BCS.4007061", "The membership is about to change nothing on its channel", "Ask about a membership that waits for the caller's own answer, that is joining or leaving, or that has joined and could quit.");
    public static readonly Refusal ChannelUnreadable = Ranked(503, "BCS.4007062", "The channel cannot be read", "Do what the message says, or ask again when its orderers can be reached.");

    // --- Ours ----------------------------------------------------------------------------------------------------
    public static readonly Refusal Busy = Ranked(503, "BCS.5030503", "The service is busy", "Send the request again after Retry-After.");
    public static readonly Refusal Internal = Ranked(500, "BCS.5000500", "Internal Server Error", "Give the operator the X-Request-Id.");

    /// <summary>When it is worth asking again, where that is known; sent as Retry-After.</summary>
    public TimeSpan? RetryAfter { get; init; }

    /// <summary>Every refusal, first in rank first.</summary>
    public static IReadOnlyList<Refusal> All => Ranking;

    /// <summary>The same refusal with what is particular to this case after a colon.</summary>
    public Refusal Because(string reason)
    {
        var message = $"{Message}: {reason}";
        return this with { Message = message.Length <= MaxMessageLength ? message : message[..(MaxMessageLength - 1)] + "…" };
    }

    /// <summary>A caller's text, cut to what fits into a message.</summary>
    public static string Quote(string text) => text.Length <= MaxQuotedLength ? text : text[..MaxQuotedLength] + "…";

    private static Refusal Ranked(int status, string code, string message, string remedy)
    {
        var refusal = new Refusal(status, code, message, Ranking.Count, remedy);
        Ranking.Add(refusal);
        return refusal;
    }
}
