using Guildhall.Console.Shared;
using Guildhall.Memberships;
using Guildhall.Operations;
using Guildhall.Services;
using Guildhall.Storage;

namespace Guildhall.Console.Members;

public sealed record MembersModel(
    MemberSearch Search, IReadOnlyList<Membership> Found, IReadOnlyList<Service> Services, IReadOnlyCollection<string> Channels, Pages Pages);

public sealed record MemberModel(Membership Membership, IReadOnlyList<Operation> Operations);

/// <param name="Places">The channels that accounts can be invited to, each with its service.</param>
/// <param name="Chosen">The place that is chosen, as <see cref="Place.Key"/>.</param>
/// <param name="Text">The names as they were typed.</param>
/// <param name="Verdicts">What is to be said of each name; empty before any was checked.</param>
public sealed record InviteModel(
    IReadOnlyList<Place> Places, string Chosen, string Text, IReadOnlyList<(string Name, Refusal? WhyNot)> Verdicts, Refusal? Refusal);

/// <summary>A channel that accounts can be invited to.</summary>
public sealed record Place(Service Service, string Channel)
{
    public string Key => $"{Service.Id}/{Channel}";
}

/// <summary>A change that is asked about once more, with what it brings about.</summary>
public sealed record RemoveModel(Membership Membership, Refusal? Refusal);

/// <param name="OnChannel">What it would do on the channel; null where none is changed.</param>
public sealed record QuitModel(Membership Membership, Foreseen? OnChannel, Refusal? Refusal);
