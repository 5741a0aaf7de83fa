namespace Guildhall.Fabric;

/// <summary>A block of a channel, by which one chain is told from another that bears its name: whoever has another block 0 is another channel.</summary>
/// <param name="Number">Of the block.</param>
/// <param name="Hash">SHA-256 of its header as Fabric computes it, in hex. The next block names it.</param>
public sealed record BlockReference(ulong Number, string Hash)
{
    /// <exception cref="FabricException">The bytes are no block, or one with other content than its header says.</exception>
    public static BlockReference Of(ReadOnlySpan<byte> block) =>
        Blocks.ReferenceOf(Wire.Parse(Messages.Block.Parser, block, FabricStep.ReadConfiguration), FabricStep.ReadConfiguration);

    public override string ToString() => $"block {Number} with the hash {Hash}";
}
