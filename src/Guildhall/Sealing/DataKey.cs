using System.Security.Cryptography;

namespace Guildhall.Sealing;

/// <summary>A data key as the store has it.</summary>
/// <param name="AccountId">Whose secrets it seals.</param>
/// <param name="Number">From 1 on; an account's newest seals, older ones only open.</param>
/// <param name="Wrapped">The key, wrapped with the store's.</param>
/// <param name="StoreKeyId">Which of the store's keys that is.</param>
/// <param name="WrappedStoreKey">That key, as the operator's program has wrapped it; null where it comes from a file.</param>
public sealed record WrappedKey(string AccountId, long Number, string Wrapped, string StoreKeyId, string? WrappedStoreKey)
{
    public static string OwnerOf(string accountId, long number) => $"data key\n{accountId}\n{number}";

    public override string ToString() => $"data key {Number} of {AccountId}";
}

/// <summary>A data key of an account, open until it is disposed. Not safe for concurrent use.</summary>
public sealed class DataKey : IDisposable
{
    private readonly byte[] key;

    private DataKey(string accountId, long number, byte[] key) => (AccountId, Number, this.key) = (accountId, number, key);

    public string AccountId { get; }

    public long Number { get; }

    /// <summary>A new one.</summary>
    public static DataKey New(string accountId, long number) => new(accountId, number, RandomNumberGenerator.GetBytes(StoreKey.Length));

    /// <exception cref="OperatorException">It was changed, or is another account's.</exception>
    public static DataKey Unwrap(WrappedKey wrapped, StoreKey with)
    {
        try
        {
            return new(wrapped.AccountId, wrapped.Number, with.Unwrap(wrapped.Wrapped, WrappedKey.OwnerOf(wrapped.AccountId, wrapped.Number)));
        }
        catch (CryptographicException)
        {
            throw new OperatorException($"The store was changed: {wrapped} does not open with the store's key {with.Id}.");
        }
    }

    public WrappedKey Wrap(StoreKey with, string? wrappedStoreKey = null) =>
        new(AccountId, Number, with.Wrap(key, WrappedKey.OwnerOf(AccountId, Number)), with.Id, wrappedStoreKey);

    /// <param name="owner">What the secret belongs to; it opens for nothing else.</param>
    public string Seal(ReadOnlySpan<byte> secret, string owner) => new SealedText(AccountId, Number, Convert.ToBase64String(Box.Seal(key, secret, owner))).ToString();

    /// <summary>The secret. Whoever asks for it wipes it.</summary>
    /// <exception cref="CryptographicException">It was sealed with another data key, for another owner, or was changed.</exception>
    public byte[] Open(string sealedText, string owner) => SealedText.TryParse(sealedText, out var parsed) && parsed.AccountId == AccountId && parsed.Number == Number
        ? Box.Open(key, Box.FromText(parsed.Box), owner)
        : throw new CryptographicException("It was sealed with another data key.");

    public void Dispose() => CryptographicOperations.ZeroMemory(key);
}

/// <summary>A secret as the store has it, with which data key opens it.</summary>
internal readonly record struct SealedText(string AccountId, long Number, string Box)
{
    private const string Version = "2";

    /// <remarks>An account's id may have dots in it; what follows it has none.</remarks>
    public static bool TryParse(string text, out SealedText parsed)
    {
        parsed = default;
        var last = text.LastIndexOf('.');
        var before = last > 0 ? text.LastIndexOf('.', last - 1) : -1;
        if (before <= Version.Length || !text.StartsWith(Version + '.', StringComparison.Ordinal)
            || !long.TryParse(text.AsSpan(before + 1, last - before - 1), System.Globalization.NumberStyles.None, System.Globalization.CultureInfo.InvariantCulture, out var number))
        {
            return false;
        }

        parsed = new SealedText(text[(Version.Length + 1)..before], number, text[(last + 1)..]);
        return true;
    }

    public override string ToString() => $"{Version}.{AccountId}.{Number}.{Box}";
}
