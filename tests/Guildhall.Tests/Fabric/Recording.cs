using Guildhall.Fabric;

namespace Guildhall.Tests.Fabric;

/// <summary>What a real network and Fabric's own tool answered once; Recorded/README.md says how.</summary>
internal static class Recording
{
    private const string Folder = "tests/Guildhall.Tests/Fabric/Recorded";

    public static ChannelConfiguration TwoOrganizations { get; } = ChannelConfiguration.FromBlock(Read("two-organizations.block"));

    public static MspDefinition Org3 { get; } = MspDefinition.FromBytes(Read("org3.msp"));

    public static byte[] Read(string name) => File.ReadAllBytes(Path.Combine(Repository.Root, Folder, name));

    /// <summary>The recorded channel after a change.</summary>
    public static ChannelConfiguration After(ChannelChange change) =>
        new(TwoOrganizations.Channel, change.ApplyTo(TwoOrganizations), TwoOrganizations.Block + 1, Google.Protobuf.ByteString.Empty);

    public static void Keep(string name, byte[] content)
    {
        if (Environment.GetEnvironmentVariable("GUILDHALL_RENEW") == "1")
        {
            File.WriteAllBytes(Path.Combine(Repository.Root, Folder, name), content);
        }
    }
}
