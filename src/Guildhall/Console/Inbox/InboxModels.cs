using Guildhall.Console.Shared;
using Guildhall.Memberships;
using Guildhall.Networks;
using Guildhall.Operations;
using Guildhall.Services;
using Guildhall.Storage;

namespace Guildhall.Console.Inbox;

public sealed record InboxModel(InboxPart Part, IReadOnlyList<(Membership Invitation, Service Inviter)> Found, Pages Pages, Refusal? Refusal);

public sealed record SignaturesModel(IReadOnlyList<(SignatureRequest Request, ChangeReason? For)> Found, Pages Pages);

/// <param name="Now">When certificates are judged.</param>
/// <param name="SignRefusal">Why a signature was not taken; it stands beside the field.</param>
/// <param name="DeclineRefusal">Why a declination was not taken; it stands beside the field.</param>
public sealed record SignatureModel(AskedSignature Asked, DateTimeOffset Now, string Reason, Refusal? SignRefusal, Refusal? DeclineRefusal);

/// <param name="OnChannel">What agreeing with each of the services that can would do on the channel, by the service's id.</param>
/// <param name="Answer">The answer that was just given and not taken; all empty otherwise.</param>
public sealed record InvitationModel(InvitationView View, IReadOnlyList<Operation> Operations, IReadOnlyDictionary<string, Foreseen?> OnChannel, GivenAnswer Answer);

/// <summary>An answer as it was filled in, and why it was not taken.</summary>
/// <param name="Refusal">Null when no answer was given.</param>
/// <param name="ReasonRefusal">Why the reason of a rejection was not taken; it stands beside the field.</param>
public sealed record GivenAnswer(string Service, IReadOnlyCollection<string> Organizations, string Reason, Refusal? Refusal, Refusal? ReasonRefusal);
