using System.Collections.Immutable;
using Guildhall.Fabric.Messages;

namespace Guildhall.Fabric;

/// <summary>What an update says by itself: what somebody can be sure of who has nothing but its bytes.</summary>
/// <remarks>An update that takes organizations away does not name them: it lists those that stay.</remarks>
/// <param name="OrganizationsAfter">The names of all organizations of the channel after the update; empty where it neither adds nor removes any.</param>
/// <param name="Added">Those of them that the update brings in, as it defines them.</param>
/// <param name="OtherChanges">Everything else that it writes, each element as Fabric names it, such as "[Policy] /Channel/Application/Admins".</param>
public sealed record UpdateContents(
    ImmutableArray<string> OrganizationsAfter, ImmutableArray<ChannelOrganization> Added, ImmutableArray<string> OtherChanges)
{
    private const string ApplicationPath = "/Channel/" + ChannelConfiguration.ApplicationGroup;

    /// <exception cref="FabricException">An organization that it brings in cannot be read.</exception>
    public static UpdateContents Of(PreparedUpdate update)
    {
        var (read, write) = (Application(update.Message.ReadSet), Application(update.Message.WriteSet));
        var changesMembers = write is not null && write.Version != read?.Version;
        var added = (write?.Groups ?? []).Where(group => read?.Groups.ContainsKey(group.Key) != true).OrderBy(group => group.Key, StringComparer.Ordinal).ToArray();
        var names = added.Select(group => group.Key).ToHashSet(StringComparer.Ordinal);
        return new UpdateContents(
            changesMembers ? [.. write!.Groups.Keys.Order(StringComparer.Ordinal)] : [],
            [.. added.Select(group => ChannelOrganization.Read(group.Key, group.Value))],
            [.. ChangedElements.Of(update).Where(name => !IsMembers(name) && !names.Contains(OrganizationOf(name)))]);
    }

    private static ConfigGroup? Application(ConfigGroup? root) =>
        root?.Groups.TryGetValue(ChannelConfiguration.ApplicationGroup, out var application) == true ? application : null;

    private static bool IsMembers(string element) => element == $"[Group]  {ApplicationPath}";

    /// <summary>The organization whose element it is, or that it is itself; empty where it is none's.</summary>
    private static string OrganizationOf(string element)
    {
        var path = element[element.IndexOf('/')..];
        return path.StartsWith(ApplicationPath + "/", StringComparison.Ordinal) ? path[(ApplicationPath.Length + 1)..].Split('/', 2)[0] : "";
    }
}
