using System.Security.Cryptography;
using System.Text;

namespace Guildhall.Sealing;

/// <summary>AES-256-GCM: nonce, tag and ciphertext, one after the other.</summary>
internal static class Box
{
    private static readonly int NonceLength = AesGcm.NonceByteSizes.MaxSize;
    private static readonly int TagLength = AesGcm.TagByteSizes.MaxSize;

    /// <param name="owner">What the content belongs to; the box opens for nothing else.</param>
    public static byte[] Seal(ReadOnlySpan<byte> key, ReadOnlySpan<byte> content, string owner)
    {
        var box = new byte[NonceLength + TagLength + content.Length];
        var nonce = box.AsSpan(0, NonceLength);
        RandomNumberGenerator.Fill(nonce);
        using var cipher = new AesGcm(key, TagLength);
        cipher.Encrypt(nonce, content, box.AsSpan(NonceLength + TagLength), box.AsSpan(NonceLength, TagLength), Encoding.UTF8.GetBytes(owner));
        return box;
    }

    /// <summary>The content. Whoever asks for it wipes it.</summary>
    /// <exception cref="CryptographicException">It was sealed with another key, for another owner, or was changed.</exception>
    public static byte[] Open(ReadOnlySpan<byte> key, ReadOnlySpan<byte> box, string owner)
    {
        if (box.Length < NonceLength + TagLength)
        {
            throw new CryptographicException("It is not sealed.");
        }

        var content = new byte[box.Length - NonceLength - TagLength];
        using var cipher = new AesGcm(key, TagLength);
        cipher.Decrypt(box[..NonceLength], box[(NonceLength + TagLength)..], box.Slice(NonceLength, TagLength), content, Encoding.UTF8.GetBytes(owner));
        return content;
    }

    /// <summary>The bytes of a text in base64.</summary>
    /// <exception cref="CryptographicException">It is none.</exception>
    public static byte[] FromText(ReadOnlySpan<char> text)
    {
        var bytes = new byte[text.Length];
        return Convert.TryFromBase64Chars(text, bytes, out var length) ? bytes[..length] : throw new CryptographicException("It is not sealed.");
    }
}
