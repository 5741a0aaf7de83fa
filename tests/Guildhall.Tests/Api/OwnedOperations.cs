using Guildhall.Identity;
using Guildhall.Tests.Fabric;
using Guildhall.Tests.Identity;
using Guildhall.Tests.Networks;

namespace Guildhall.Tests.Api;

/// <summary>To whom the object belongs that a request names.</summary>
internal enum Whose
{
    /// <summary>One project's: another project of the same account does not see it either.</summary>
    Projects,

    /// <summary>All projects' of an account.</summary>
    Accounts,

    /// <summary>Nobody's: the answer is the same for all.</summary>
    Everybodys,
}

/// <summary>Who sends a request.</summary>
internal sealed record Asker(string Token, string AccountId, string ProjectId, string UserId)
{
    public static Asker Of(Person person) => new(person.Token, person.AccountId, person.ProjectId, person.UserId);
}

/// <summary>A request, to the letter.</summary>
internal sealed record Question(string Method, string Path, string? Body = null, string? Subject = null);

/// <summary>The ids a request can name.</summary>
internal sealed record Ids(
    string Service,
    string Project,
    string Account,
    string User,
    string AccessKey,
    string Token,
    string InviterService,
    string InviterProject,
    string InviterAccount,
    string Notification,
    string Operation,
    string SignatureRequest)
{
    /// <summary>Ids of the same look that nothing has.</summary>
    public Ids MadeUp() => new(
        Turn(Service), Turn(Project), Turn(Account), Turn(User), Turn(AccessKey), Turn(Token), Turn(InviterService), Turn(InviterProject),
        Turn(InviterAccount), Turn(Notification), Turn(Operation), Turn(SignatureRequest));

    /// <summary>The text with these ids made unrecognizable.</summary>
    public string Hide(string text) => new[]
    {
        Service, Project, Account, User, AccessKey, Token, InviterService, InviterProject, InviterAccount, Notification, Operation, SignatureRequest,
    }.Aggregate(text, (hidden, id) => hidden.Replace(id, "*", StringComparison.Ordinal));

    private static string Turn(string id) => string.Concat(id.Select(character => character switch
    {
        >= '0' and <= '9' => (char)('0' + ((character - '0' + 3) % 10)),
        >= 'a' and <= 'f' => (char)('a' + ((character - 'a' + 1) % 6)),
        >= 'A' and <= 'Z' => (char)('A' + ((character - 'A' + 1) % 26)),
        _ => character,
    }));
}

/// <summary>A request of an operation that its owner may send.</summary>
/// <param name="Variant">Tells several requests of one operation apart.</param>
/// <param name="Configure">Puts other parts into the place of the server's own.</param>
internal sealed record OwnedOperation(
    string Operation,
    Func<TestService, Person> OwnerIn,
    Func<Asker, Ids, Question> Ask,
    Func<TestService, Task>? Given = null,
    Whose Whose = Whose.Projects,
    string Variant = "",
    Action<IServiceCollection>? Configure = null)
{
    public string Key => Operation + Variant;

    /// <summary>Whether a reader gets the answer that an administrator gets. Under the identity, readers see less.</summary>
    public bool IsRead => Ask(new Asker("", "", "", ""), new Ids("", "", "", "", "", "", "", "", "", "", "", "")) is { Method: "GET", Path: var path }
        && path.StartsWith("/v2/", StringComparison.Ordinal);
}

/// <summary>One row at least for each operation that is mapped.</summary>
internal static class OwnedOperations
{
    private const string Credentials = "/v3.0/OS-CREDENTIAL/credentials";

    private const string Challenge = "Guildhall proof of possession, version 1\nof a test\n";

    private static readonly TestOrganization Mill = new("MillMSP");
    private static readonly string Attachment = AttachmentBodies.Detached(Mill).ToJsonString();
    private static readonly string PossessionAnswer = AttachmentBodies.AnswerAsync(Mill.Admin, Challenge).GetAwaiter().GetResult();

    public static readonly OwnedOperation[] All =
    [
        // --- Members
        new("BatchInviteMembersToChannel", Inviter, (asker, ids) => new("POST", In(asker, "members/invitations"), $$"""
            { "bcs_id": "{{ids.Service}}", "channel_name": "channel", "invited_userinfo": [{ "invited_user": "north-mill" }] }
            """)),
        new("HandleNotification", Invitee, (asker, ids) => new("POST", In(asker, "notification/handle"), $$"""
            {
              "channel_name": "channel", "status": "agreed", "invited_orgs": [{ "name": "organization" }],
              "invitor_info": {
                "invitor_bcs_id": "{{ids.InviterService}}", "invitor_bcs_name": "harbor", "invitor_project_id": "{{ids.InviterProject}}",
                "invitor_user_id": "{{ids.InviterAccount}}"
              },
              "invitee_info": {
                "invitee_bcs_id": "{{ids.Service}}", "invitee_bcs_name": "mill", "invitee_project_id": "{{asker.ProjectId}}",
                "invitee_user_id": "{{asker.AccountId}}"
              }
            }
            """), InviteAsync, Whose.Accounts),
        new("DeleteMemberInvite", Inviter, (asker, ids) => new("DELETE", In(asker, "members/invitations"), $$"""
            { "bcs_id": "{{ids.Service}}", "channel_name": "channel", "invited_userinfo": [{ "invited_user": "north-mill" }] }
            """), InviteAsync),
        new("ListMembers", Inviter, (asker, ids) => new("GET", In(asker, $"members?extended=true&invitor_bcs_id={ids.Service}")), InviteAsync),
        new("ListMembers", Invitee, (asker, ids) => new("GET", In(asker, $"members?extended=true&invitor_bcs_id={ids.InviterService}")), JoinAsync, Variant: " as invitee"),
        new("ShowMember", Inviter, (asker, ids) => new("GET", In(asker, $"members/{ids.Notification}")), JoinAsync),
        new("ShowMember", Invitee, (asker, ids) => new("GET", In(asker, $"members/{ids.Notification}")), JoinAsync, Variant: " as invitee"),
        new("HandleUnionMemberQuitList", Invitee, (asker, ids) => new("PUT", In(asker, "members/quit"), $$"""
            {
              "inviter_bcsid": "{{ids.InviterService}}", "inviter_projectid": "{{ids.InviterProject}}", "inviter_domainid": "{{ids.InviterAccount}}",
              "inviter_username": "harbor-trade", "channel_name": "channel", "invitee_bcsid": "{{ids.Service}}",
              "invitee_projectid": "{{asker.ProjectId}}", "invitee_domainid": "{{asker.AccountId}}"
            }
            """), JoinAsync),
        new("ListNotifications", Invitee, (asker, ids) => new("GET", In(asker, $"notifications?invitor_bcs_id={ids.InviterService}")), JoinAsync),
        new("MarkNotification", Invitee, (asker, ids) => new("PUT", In(asker, $"notifications/{ids.Notification}"), """{ "hide": 1 }"""), JoinAsync),

        // --- Services
        new("ListBlockchains", Inviter, (asker, _) => new("GET", In(asker, "blockchains"))),
        new("CreateNewBlockchain", Invitee, (asker, ids) => new("POST", In(asker, "blockchains"), $$"""
            {
              "name": "joining", "version_type": 3, "cluster_type": "cce",
              "enterprise_project_id": "0", "resource_password": "none", "create_new_cluster": false, "is_invitee": true,
              "invitor_infos": { "tenant_id": "{{ids.InviterAccount}}", "project_id": "{{ids.InviterProject}}", "blockchain_id": "{{ids.InviterService}}" }
            }
            """), JoinAsync),
        new("ShowBlockchainFlavors", Inviter, (asker, _) => new("GET", In(asker, "blockchains/flavors")), Whose: Whose.Everybodys),
        new("ShowBlockchainDetail", Inviter, (asker, ids) => new("GET", In(asker, $"blockchains/{ids.Service}")), JoinAsync),
        new("ShowBlockchainStatus", Inviter, (asker, ids) => new("GET", In(asker, $"blockchains/{ids.Service}/status"))),
        new("ShowBlockchainNodes", Inviter, (asker, ids) => new("GET", In(asker, $"blockchains/{ids.Service}/nodes"))),
        new("UpdateInstance", Inviter, (asker, ids) => new("PUT", In(asker, $"blockchains/{ids.Service}"), """
            { "node_orgs": [{ "name": "organization", "node_count": 2 }] }
            """)),
        new("DeleteBlockchain", Inviter, (asker, ids) => new("DELETE", In(asker, $"blockchains/{ids.Service}")), JoinAsync),

        // --- Channels
        new("ListBlockchainChannels", Inviter, (asker, ids) => new("GET", In(asker, $"blockchains/{ids.Service}/channels"))),
        new("BatchCreateChannels", Inviter, (asker, ids) => new("POST", In(asker, $"blockchains/{ids.Service}/channels"), """
            { "channels": [{ "channel_name": "second" }] }
            """)),
        new("BatchAddPeersToChannel", Inviter, (asker, ids) => new("POST", In(asker, $"blockchains/{ids.Service}/channels/peers"), """
            { "channel_peers": [{ "channel_name": "channel", "peers": { "organization": 1 } }] }
            """)),
        new("BatchRemoveOrgsFromChannel", Inviter, (asker, ids) => new("PUT", In(asker, $"blockchains/{ids.Service}/channel/orgs/quit"), """
            { "org_names": ["organization"] }
            """), AddPeersAsync),
        new("BatchRemovePeersFromChannel", Inviter, (asker, ids) => new("PUT", In(asker, $"blockchains/{ids.Service}/channel/peers/quit"), """
            { "org_name": "organization", "peers": 1 }
            """), AddPeersAsync),
        new("DeleteChannel", Inviter, (asker, ids) => new("DELETE", In(asker, $"blockchains/{ids.Service}/channel/channel"))),

        // --- Signatures
        new("ListSignatureRequests", Inviter, (asker, _) => new("GET", In(asker, "signature-requests")), AskedToSign.AskAsync),
        new("ShowSignatureRequest", Inviter, (asker, ids) => new("GET", In(asker, $"signature-requests/{ids.SignatureRequest}")), AskedToSign.AskAsync),
        new("SignChannelUpdate", Inviter, (asker, ids) => new("POST", In(asker, $"signature-requests/{ids.SignatureRequest}/signature"), $$"""
            { "signature": "{{AskedToSign.Signature}}" }
            """), AskedToSign.AskAsync),
        new("DeclineChannelUpdate", Inviter, (asker, ids) => new("POST", In(asker, $"signature-requests/{ids.SignatureRequest}/decline"), """
            { "reason": "not before May" }
            """), AskedToSign.AskAsync),

        // --- Networks
        new("AttachNetwork", Invitee, (asker, ids) => new("PUT", In(asker, $"blockchains/{ids.Service}/network"), Attachment)),
        new("ShowNetwork", Invitee, (asker, ids) => new("GET", In(asker, $"blockchains/{ids.Service}/network")), AttachAsync),
        new("SetAutomaticSignatures", Invitee, (asker, ids) => new("PUT", In(asker, $"blockchains/{ids.Service}/network/automatic-signatures"), """
            { "channels": [{ "channel_name": "channel", "changes": ["join"] }] }
            """), AttachAsync),
        new("ChallengePossession", Invitee, (asker, ids) => new("POST", In(asker, $"blockchains/{ids.Service}/network/challenge"), """
            { "organization": "organization" }
            """), AttachAsync),
        new("ProvePossession", Invitee, (asker, ids) => new("POST", In(asker, $"blockchains/{ids.Service}/network/possession"), PossessionAnswer), ChallengeAsync),
        new("DetachNetwork", Invitee, (asker, ids) => new("DELETE", In(asker, $"blockchains/{ids.Service}/network"))),

        new("ShowNetworkPlan", Invitee, (asker, ids) => new("GET", In(asker, $"members/{ids.Notification}/network-plan?blockchain_id={ids.Service}")),
            PlannedChannel.InviteAsync, Whose.Accounts, Configure: Consortium.Configure),
        new("ShowNetworkPlan", Inviter, (asker, ids) => new("GET", In(asker, $"members/{ids.Notification}/network-plan")),
            PlannedChannel.JoinAsync, Variant: " as inviter", Configure: Consortium.Configure),

        // --- Records and quotas
        new("ListOpRecord", Invitee, (asker, ids) => new("GET", In(asker, $"operation/record?operation_id={ids.Operation}")), JoinAsync),
        new("ListOpRecord", Invitee, (asker, ids) => new("GET", In(asker, $"operation/record?blockchain_id={ids.Service}")), JoinAsync, Variant: " by service"),
        new("ListQuotas", Inviter, (asker, _) => new("GET", In(asker, "quotas")), Whose: Whose.Everybodys),

        // --- Identity
        new("KeystoneCreateUserTokenByPassword", Inviter, (asker, ids) => new("POST", "/v3/auth/tokens", $$"""
            {
              "auth": {
                "identity": {
                  "methods": ["password"],
                  "password": { "user": { "name": "alice", "password": "correct horse", "domain": { "id": "{{asker.AccountId}}" } } }
                },
                "scope": { "project": { "id": "{{ids.Project}}" } }
              }
            }
            """), AddAlicesAsync, Whose.Accounts),
        new("KeystoneValidateToken", Inviter, (_, ids) => new("GET", "/v3/auth/tokens", Subject: ids.Token), Whose: Whose.Accounts),
        new("KeystoneRevokeToken", Inviter, (_, ids) => new("DELETE", "/v3/auth/tokens", Subject: ids.Token), Whose: Whose.Accounts),
        new("KeystoneListProjects", Inviter, (_, ids) => new("GET", $"/v3/projects?domain_id={ids.Account}"), Whose: Whose.Accounts),
        new("KeystoneListAuthProjects", Inviter, (_, _) => new("GET", "/v3/auth/projects"), Whose: Whose.Accounts),
        new("KeystoneListAuthDomains", Inviter, (_, _) => new("GET", "/v3/auth/domains"), Whose: Whose.Accounts),
        new("CreatePermanentAccessKey", Inviter, (_, ids) => new("POST", Credentials, $$"""{ "credential": { "user_id": "{{ids.User}}" } }"""), Whose: Whose.Accounts),
        new("ListPermanentAccessKeys", Inviter, (_, ids) => new("GET", $"{Credentials}?user_id={ids.User}"), Whose: Whose.Accounts),
        new("ShowPermanentAccessKey", Inviter, (_, ids) => new("GET", $"{Credentials}/{ids.AccessKey}"), Whose: Whose.Accounts),
        new("DeletePermanentAccessKey", Inviter, (_, ids) => new("DELETE", $"{Credentials}/{ids.AccessKey}"), Whose: Whose.Accounts),
    ];

    private static Person Inviter(TestService service) => service.Inviter;

    private static Person Invitee(TestService service) => service.Invitee;

    private static string In(Asker asker, string path) => $"/v2/{asker.ProjectId}/{path}";

    private static Task<(int Status, string Body)> InviteAsync(TestService service) => service.Inviter.InviteAsync(service.Invitee);

    private static Task JoinAsync(TestService service) => service.JoinAsync(service.Invitee);

    /// <summary>Two peers of the inviter's organization are in the channel.</summary>
    private static async Task AttachAsync(TestService service) =>
        Assert.Equal(200, (await service.Invitee.PutAsync($"blockchains/{service.Invitee.ServiceId}/network", Attachment)).Status);

    private static async Task ChallengeAsync(TestService service)
    {
        await AttachAsync(service);
        await service.ExecuteAsync("UPDATE attached_organizations SET challenge = @text, challenge_until = @until", ("text", Challenge), ("until", service.Clock.GetUtcNow().AddDays(1)));
    }

    private static async Task AddPeersAsync(TestService service)
    {
        var path = "blockchains/" + service.Inviter.ServiceId;
        await service.Inviter.PutAsync(path, """{ "node_orgs": [{ "name": "organization", "node_count": 2 }] }""");
        var (status, _) = await service.Inviter.PostAsync(path + "/channels/peers", """
            { "channel_peers": [{ "channel_name": "channel", "peers": { "organization": 2 } }] }
            """);
        Assert.Equal(200, status);
    }

    /// <summary>A user of the same name and password in the owner's account and in the stranger's.</summary>
    private static async Task AddAlicesAsync(TestService service)
    {
        await KeystoneTests.AddUserAsync(service, "alice");
        var accounts = service.Services.GetRequiredService<Accounts>();
        await accounts.CreateUserAsync(service.Third.AccountName, "alice", Role.Admin, "correct horse", CancellationToken.None);
    }
}
