using Guildhall.Identity;

namespace Guildhall.Storage;

/// <summary>A write that its sender may send again: the key it chose for it, and the marks that tell it from another one.</summary>
/// <param name="Fingerprint">Method, digest of path and query, digest of the body; a space between them.</param>
/// <param name="At">When it arrived.</param>
public sealed record KeyedRequest(string Key, string Fingerprint, DateTimeOffset At)
{
    /// <summary>What is to be as the sender saw it; null where nothing is.</summary>
    public Shown? Shown { get; init; }

    /// <summary>How long its answer is remembered.</summary>
    public static readonly TimeSpan Lifetime = TimeSpan.FromHours(24);

    /// <summary>What arrived at this time or before is forgotten.</summary>
    public DateTimeOffset Forgotten => At - Lifetime;

    public static KeyedRequest Of(string key, string method, ReadOnlySpan<byte> target, ReadOnlySpan<byte> body, DateTimeOffset at) =>
        new(key, $"{method} {Sha256.Hex(target)} {Sha256.Hex(body)}", at);

    /// <summary>What was different when the key was used first, in words; null when nothing was.</summary>
    public string? DifferenceFrom(string fingerprint)
    {
        var (was, @is) = (fingerprint.Split(' '), Fingerprint.Split(' '));
        return was[0] != @is[0] ? $"it was sent with {was[0]} before, and with {@is[0]} now"
            : was[1] != @is[1] ? "it was sent to another path or with another query before"
            : was[2] != @is[2] ? "it was sent with another body before"
            : null;
    }
}
