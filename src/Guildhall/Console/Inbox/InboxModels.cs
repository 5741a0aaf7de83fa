using Guildhall.Console.Shared;
using Guildhall.Memberships;
using Guildhall.Operations;
using Guildhall.Services;
using Guildhall.Storage;

namespace Guildhall.Console.Inbox;

public sealed record InboxModel(InboxPart Part, IReadOnlyList<(Membership Invitation, Service Inviter)> Found, Pages Pages);

/// <param name="Refusal">Why the answer that was just given was not taken; null otherwise.</param>
public sealed record InvitationModel(InvitationView View, IReadOnlyList<Operation> Operations, Refusal? Refusal, string ChosenService, IReadOnlyCollection<string> ChosenOrganizations);
