namespace Guildhall.Fabric;

/// <summary>A block of a channel, by which one chain is told from another that bears its name: whoever has another block 0 is another channel.</summary>
/// <param name="Number">Of the block.</param>
/// <param name="Hash">SHA-256 of its header as Fabric computes it, in hex. The next block names it.</param>
public sealed record BlockReference(ulong Number, string Hash)
{
    public override string ToString() => $"block {Number} with the hash {Hash}";
}
