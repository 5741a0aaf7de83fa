using System.Security.Cryptography;
using System.Text;

namespace Guildhall.Sealing;

/// <summary>The key that wraps the data keys of a store, and is not in it. Safe for concurrent use.</summary>
public sealed class StoreKey
{
    public const int Length = 32;

    private const int IdLength = 8;
    private const string EarlierVersion = "1.";

    private readonly byte[] key;

    private StoreKey(byte[] key)
    {
        this.key = key;
        Id = Convert.ToHexStringLower(HMACSHA256.HashData(key, "the key of a store of Guildhall"u8).AsSpan(0, IdLength));
    }

    /// <summary>Tells it from others, and says nothing of it: the store keeps the id of the key that it is sealed with.</summary>
    public string Id { get; }

    /// <exception cref="ArgumentException">The key has not <see cref="Length"/> bytes.</exception>
    public static StoreKey Of(ReadOnlySpan<byte> key) =>
        key.Length == Length ? new(key.ToArray()) : throw new ArgumentException($"A store's key has {Length} bytes, not {key.Length}.", nameof(key));

    /// <summary>A random one. Whoever asks for it wipes the bytes.</summary>
    public static StoreKey New(out byte[] bytes)
    {
        bytes = RandomNumberGenerator.GetBytes(Length);
        return Of(bytes);
    }

    /// <param name="owner">What is wrapped; it is unwrapped as nothing else.</param>
    public string Wrap(ReadOnlySpan<byte> dataKey, string owner) => Convert.ToBase64String(Box.Seal(key, dataKey, owner));

    /// <exception cref="CryptographicException">It was wrapped with another key, as something else, or was changed.</exception>
    public byte[] Unwrap(string wrapped, string owner) => Box.Open(key, Box.FromText(wrapped), owner);

    /// <summary>Whether a private key was sealed by a version that had no data keys.</summary>
    public static bool IsOfEarlierVersion(string sealedKey) => sealedKey.StartsWith(EarlierVersion, StringComparison.Ordinal);

    /// <summary>Opens such a private key.</summary>
    /// <exception cref="CryptographicException">It was sealed with another key, for another owner, or was changed.</exception>
    public byte[] OpenOfEarlierVersion(string sealedKey, string owner) => Box.Open(key, Box.FromText(sealedKey.AsSpan(EarlierVersion.Length)), owner);

    /// <summary>Seals as a version did that had no data keys.</summary>
    internal string SealAsEarlierVersion(string privateKeyPem, string owner) => EarlierVersion + Convert.ToBase64String(Box.Seal(key, Encoding.UTF8.GetBytes(privateKeyPem), owner));
}
