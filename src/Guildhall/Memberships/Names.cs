using System.Security.Cryptography;
using System.Text;

namespace Guildhall.Memberships;

/// <summary>The names things have on the wire, and their limits.</summary>
public static class Names
{
    /// <summary>Ids are opaque: any text of at most this many characters, without control characters.</summary>
    public const int MaxIdLength = 64;

    /// <summary>Names of accounts, services, channels and organizations, in characters.</summary>
    public const int MaxNameLength = 64;

    /// <summary>The state as the reference spells it; where it has no word (joining, agreed, quitting, canceled), ours.</summary>
    public static string ToWire(this MembershipState state) => state switch
    {
        MembershipState.Waiting => "waiting",
        MembershipState.Rejected => "reject",
        MembershipState.Joining => "joining",
        MembershipState.Joined => "agreed",
        MembershipState.Leaving => "quitting",
        MembershipState.Left => "quit",
        MembershipState.Dissolved => "released",
        MembershipState.Cancelled => "canceled",
        _ => throw new ArgumentOutOfRangeException(nameof(state), state, null),
    };

    /// <summary>The state that <see cref="ToWire"/> spells so, or null.</summary>
    public static MembershipState? StateFromWire(string text) => text switch
    {
        "waiting" => MembershipState.Waiting,
        "reject" => MembershipState.Rejected,
        "joining" => MembershipState.Joining,
        "agreed" => MembershipState.Joined,
        "quitting" => MembershipState.Leaving,
        "quit" => MembershipState.Left,
        "released" => MembershipState.Dissolved,
        "canceled" => MembershipState.Cancelled,
        _ => null,
    };

    /// <summary>ListMembers' <c>name_hash</c>: lower-hex SHA-1 over the organization's name followed by its service's id, in UTF-8.</summary>
    public static string HashOf(string organization, string serviceId) =>
#pragma warning disable CA5350 // The wire asks for SHA-1; nothing is protected by it.
        Convert.ToHexStringLower(SHA1.HashData(Encoding.UTF8.GetBytes(organization + serviceId)));
#pragma warning restore CA5350
}
