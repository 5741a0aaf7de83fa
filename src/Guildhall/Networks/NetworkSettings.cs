using Guildhall.Destinations;

namespace Guildhall.Networks;

/// <summary>Where the private keys are that services have given Guildhall to hold.</summary>
/// <param name="Safe">Seals those that are in the store; null where the operator has configured no key for it.</param>
/// <param name="SigningProgram">Holds those that are not; null where the operator has configured none.</param>
public sealed record NetworkSettings(KeySafe? Safe, string? SigningProgram)
{
    /// <summary>No key is held: administrators sign for themselves.</summary>
    public static readonly NetworkSettings None = new(null, null);

    /// <summary>Whether memberships are made true on channels of Fabric; otherwise what is attached is kept and not used, and no node is connected to.</summary>
    public bool ChangesChannels { get; init; }

    /// <summary>Where nodes may be.</summary>
    public DestinationPolicy Destinations { get; init; } = DestinationPolicy.Nodes;

    /// <summary>The most megabytes of a channel's block.</summary>
    public int BlockMegabytes { get; init; } = 16;

    /// <summary>How many signing programs may run, whoever starts them.</summary>
    public ProgramQuota Programs { get; init; } = new(TimeProvider.System);

    public Signers CreateSigners() => new(Safe, SigningProgram, Programs);
}
