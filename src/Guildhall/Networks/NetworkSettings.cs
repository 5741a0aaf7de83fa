using Guildhall.Destinations;
using Guildhall.Programs;
using Guildhall.Sealing;

namespace Guildhall.Networks;

/// <summary>How Guildhall acts on the networks of services.</summary>
/// <param name="SigningProgram">Holds the private keys that are not in the store; null where the operator has configured none.</param>
public sealed record NetworkSettings(string? SigningProgram)
{
    /// <summary>No key is with a program.</summary>
    public static readonly NetworkSettings None = new(SigningProgram: null);

    /// <summary>Whether memberships are made true on channels of Fabric; otherwise what is attached is kept and not used, and no node is connected to.</summary>
    public bool ChangesChannels { get; init; }

    /// <summary>Where nodes may be.</summary>
    public DestinationPolicy Destinations { get; init; } = DestinationPolicy.Nodes;

    /// <summary>The most megabytes of a channel's block.</summary>
    public int BlockMegabytes { get; init; } = 16;

    /// <summary>How many signing programs may run, whoever starts them.</summary>
    public ProgramQuota Programs { get; init; } = new(TimeProvider.System);

    /// <summary>What the signing program is handed of the environment.</summary>
    public ProgramEnvironment SignerEnvironment { get; init; } = ProgramEnvironment.OfSigner;

    /// <param name="keys">Open the private keys that are in the store.</param>
    public Signers CreateSigners(StoreKeys keys) => new(keys, SigningProgram, Programs, SignerEnvironment);
}
