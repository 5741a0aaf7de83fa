using System.Buffers;

namespace Guildhall.Api;

/// <summary>Bytes of an answer, in pieces: a long one neither needs a large array nor is copied to grow.</summary>
internal sealed class ChunkedBody : IBufferWriter<byte>
{
    private const int FirstChunk = 2 * 1024;
    private const int LargestChunk = 64 * 1024;

    private readonly List<ReadOnlyMemory<byte>> full = [];
    private byte[] current = [];
    private int used;

    public long Length { get; private set; }

    public void Advance(int count)
    {
        used += count;
        Length += count;
    }

    public Memory<byte> GetMemory(int sizeHint = 0)
    {
        if (current.Length - used < Math.Max(sizeHint, 1))
        {
            Close();
            current = new byte[Math.Max(sizeHint, Math.Min(LargestChunk, Math.Max(FirstChunk, (int)Math.Min(Length, LargestChunk))))];
        }

        return current.AsMemory(used);
    }

    public Span<byte> GetSpan(int sizeHint = 0) => GetMemory(sizeHint).Span;

    /// <summary>Ends the body, and gives back what it did not need.</summary>
    public ChunkedBody Trim()
    {
        current = current.AsSpan(0, used).ToArray();
        Close();
        return this;
    }

    /// <summary>Forgets everything.</summary>
    public void Clear()
    {
        full.Clear();
        (current, used, Length) = ([], 0, 0);
    }

    /// <summary>Sends what there is.</summary>
    public async Task WriteToAsync(HttpResponse response, CancellationToken cancellationToken)
    {
        foreach (var chunk in full)
        {
            await response.BodyWriter.WriteAsync(chunk, cancellationToken);
        }

        if (used > 0)
        {
            await response.BodyWriter.WriteAsync(current.AsMemory(0, used), cancellationToken);
        }
    }

    private void Close()
    {
        if (used > 0)
        {
            full.Add(current.AsMemory(0, used));
            (current, used) = ([], 0);
        }
    }
}
