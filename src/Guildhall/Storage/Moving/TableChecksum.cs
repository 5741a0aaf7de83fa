using System.Buffers;
using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;

namespace Guildhall.Storage.Moving;

/// <summary>
/// The SHA-256 over the rows that are added, in their order. A column is a byte for its type and then: nothing for null,
/// eight bytes for a number, and length and UTF-8 for a text. So no two contents run into the same bytes.
/// </summary>
internal sealed class TableChecksum : IDisposable
{
    private readonly IncrementalHash hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
    private readonly ArrayBufferWriter<byte> row = new();

    public long Rows { get; private set; }

    public void Add(object?[] values)
    {
        row.ResetWrittenCount();
        foreach (var value in values)
        {
            Write(value);
        }

        hash.AppendData(row.WrittenSpan);
        Rows++;
    }

    /// <summary>The checksum in lower hex. No row can be added behind it.</summary>
    public string Finish() => Convert.ToHexStringLower(hash.GetHashAndReset());

    public void Dispose() => hash.Dispose();

    private void Write(object? value)
    {
        switch (value)
        {
            case null:
                Begin((byte)'-');
                break;
            case long number:
                Begin((byte)'n');
                BinaryPrimitives.WriteInt64LittleEndian(row.GetSpan(sizeof(long)), number);
                row.Advance(sizeof(long));
                break;
            case string text:
                Begin((byte)'t');
                BinaryPrimitives.WriteInt32LittleEndian(row.GetSpan(sizeof(int)), Encoding.UTF8.GetByteCount(text));
                row.Advance(sizeof(int));
                Encoding.UTF8.GetBytes(text, row);
                break;
            default:
                throw new ArgumentException($"A store has no {value.GetType().Name}.", nameof(value));
        }
    }

    private void Begin(byte type)
    {
        row.GetSpan(1)[0] = type;
        row.Advance(1);
    }
}
