using System.Security.Cryptography;
using System.Text;

namespace Guildhall.Networks;

/// <summary>Seals private keys for the store with a key that is not in it (AES-256-GCM). Safe for concurrent use.</summary>
public sealed class KeySafe
{
    public const int KeyLength = 32;

    private const string Version = "1.";

    private readonly byte[] key;

    /// <exception cref="ArgumentException">The key has not <see cref="KeyLength"/> bytes.</exception>
    public KeySafe(ReadOnlySpan<byte> key) =>
        this.key = key.Length == KeyLength ? key.ToArray() : throw new ArgumentException($"A safe's key has {KeyLength} bytes, not {key.Length}.", nameof(key));

    /// <param name="owner">What the key belongs to; it opens for nothing else.</param>
    public string Seal(string privateKeyPem, string owner)
    {
        var plain = Encoding.UTF8.GetBytes(privateKeyPem);
        var (nonceLength, tagLength) = (AesGcm.NonceByteSizes.MaxSize, AesGcm.TagByteSizes.MaxSize);
        var box = new byte[nonceLength + tagLength + plain.Length];
        var nonce = box.AsSpan(0, nonceLength);
        RandomNumberGenerator.Fill(nonce);
        using var cipher = new AesGcm(key, tagLength);
        cipher.Encrypt(nonce, plain, box.AsSpan(nonceLength + tagLength), box.AsSpan(nonceLength, tagLength), Encoding.UTF8.GetBytes(owner));
        CryptographicOperations.ZeroMemory(plain);
        return Version + Convert.ToBase64String(box);
    }

    /// <exception cref="CryptographicException">It was sealed with another key, for another owner, or was changed.</exception>
    public string Open(string sealedKey, string owner)
    {
        var (nonceLength, tagLength) = (AesGcm.NonceByteSizes.MaxSize, AesGcm.TagByteSizes.MaxSize);
        var box = new byte[sealedKey.Length];
        if (!sealedKey.StartsWith(Version, StringComparison.Ordinal) || !Convert.TryFromBase64String(sealedKey[Version.Length..], box, out var length) || length < nonceLength + tagLength)
        {
            throw new CryptographicException("It is not a sealed key.");
        }

        var plain = new byte[length - nonceLength - tagLength];
        using var cipher = new AesGcm(key, tagLength);
        cipher.Decrypt(
            box.AsSpan(0, nonceLength), box.AsSpan(nonceLength + tagLength, plain.Length), box.AsSpan(nonceLength, tagLength), plain, Encoding.UTF8.GetBytes(owner));
        var pem = Encoding.UTF8.GetString(plain);
        CryptographicOperations.ZeroMemory(plain);
        return pem;
    }
}
