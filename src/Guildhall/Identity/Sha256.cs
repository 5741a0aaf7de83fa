using System.Buffers;
using System.Security.Cryptography;
using System.Text;

namespace Guildhall.Identity;

/// <summary>SHA-256 as 64 hexadecimal digits, in lower case. Safe for concurrent use.</summary>
/// <remarks>Each thread keeps a hash that it uses again: to set one up takes longer than to hash a token, and every request does.</remarks>
internal static class Sha256
{
    private const int Few = 1024;

    [ThreadStatic]
    private static IncrementalHash? hash;

    public static string Hex(ReadOnlySpan<byte> bytes)
    {
        Span<byte> digest = stackalloc byte[SHA256.HashSizeInBytes];
        hash ??= IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        hash.AppendData(bytes);
        hash.GetHashAndReset(digest);
        return Convert.ToHexStringLower(digest);
    }

    /// <summary>Of the text's UTF-8.</summary>
    public static string Hex(ReadOnlySpan<char> text)
    {
        var length = Encoding.UTF8.GetMaxByteCount(text.Length);
        if (length <= Few)
        {
            Span<byte> few = stackalloc byte[Few];
            return Hex(few[..Encoding.UTF8.GetBytes(text, few)]);
        }

        var many = ArrayPool<byte>.Shared.Rent(length);
        try
        {
            return Hex(many.AsSpan(0, Encoding.UTF8.GetBytes(text, many)));
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(many);
        }
    }
}
