using System.Collections.Immutable;

namespace Guildhall.Fabric;

/// <summary>What an update says by itself: what somebody can be sure of who has nothing but its bytes.</summary>
/// <remarks>An update that takes organizations away does not name them: it lists those that stay.</remarks>
/// <param name="OrganizationsAfter">The names of all organizations of the channel after the update; null where it neither adds nor removes any.</param>
/// <param name="Added">Those of them that the update brings in, as it defines them.</param>
/// <param name="Account">All that it writes, a sentence or more for each element, from the top down.</param>
public sealed record UpdateContents(ImmutableArray<string>? OrganizationsAfter, ImmutableArray<ChannelOrganization> Added, ImmutableArray<string> Account)
{
    private const string ApplicationPath = "/Channel/" + ChannelConfiguration.ApplicationGroup;

    /// <param name="current">What it was prepared on, where that is at hand: the account then also says how it was and what goes away.</param>
    /// <exception cref="FabricException">An organization that it brings in cannot be read.</exception>
    public static UpdateContents Of(PreparedUpdate update, ChannelConfiguration? current)
    {
        var written = WrittenElement.Of(update.Message);
        var members = written.FirstOrDefault(one => one is { Kind: "group", Path: ApplicationPath })?.Group;
        return new UpdateContents(
            members is null ? null : [.. members.Groups.Keys.Order(StringComparer.Ordinal)],
            [.. written.Where(one => one is { Parent: ApplicationPath, Group: not null, IsNew: true }).Select(one => ChannelOrganization.Read(one.Name, one.Group!))],
            [.. written.SelectMany(one => ElementWords.Of(one, current))]);
    }
}
