using Guildhall.Destinations;
using Guildhall.Networks;
using Guildhall.Programs;

namespace Guildhall.Hosting;

/// <summary>Reads how Guildhall acts on networks: the program that holds private keys, and where nodes may be.</summary>
internal static class NetworkSettingsReader
{
    public static NetworkSettings Read(SettingsReader reader) => new(reader.Program(Setting.FabricSigner))
    {
        SignerEnvironment = reader.Environment(Setting.FabricSignerEnvironment, ProgramEnvironment.OfSigner),
        Destinations = reader.Destinations(Setting.FabricDestinations, DestinationPolicy.Nodes),
        BlockMegabytes = reader.Number(Setting.FabricBlockMegabytes, otherwise: 16, min: 1, max: 100),
    };
}
