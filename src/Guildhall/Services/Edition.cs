namespace Guildhall.Services;

/// <summary>The reference's <c>version_type</c>, by its number on the wire.</summary>
public enum Edition
{
    Basic = 4,
    Professional = 2,
    Enterprise = 3,
}

/// <summary>What an edition allows. The defaults are the reference's user guide; an operator may set others.</summary>
/// <param name="Members">Invited accounts per service, open invitations included.</param>
/// <param name="Channels">Channels per service.</param>
/// <param name="PeersPerOrganization">Peers per organization.</param>
public sealed record EditionLimits(int Members, int Channels, int PeersPerOrganization);

/// <summary>The limits in force, from the configuration section <c>Limits</c>.</summary>
public sealed record Limits
{
    /// <summary>Services per project.</summary>
    public int Services { get; init; } = 5;

    /// <summary>Invitees in one call, of an invitation or of a deletion.</summary>
    public int InviteesPerCall { get; init; } = 1000;

    /// <summary>Organizations of one service, and items of every other list in a request.</summary>
    public int ItemsPerList { get; init; } = 100;

    public EditionLimits Basic { get; init; } = new(0, 1, 1);

    public EditionLimits Professional { get; init; } = new(40, 2, 2);

    public EditionLimits Enterprise { get; init; } = new(40, 4, 2);

    public EditionLimits Of(Edition edition) => edition switch
    {
        Edition.Basic => Basic,
        Edition.Professional => Professional,
        Edition.Enterprise => Enterprise,
        _ => throw new ArgumentOutOfRangeException(nameof(edition), edition, null),
    };
}
