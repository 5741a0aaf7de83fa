using Guildhall.Memberships;
using Microsoft.AspNetCore.Identity;
using Microsoft.Extensions.Options;

namespace Guildhall.Identity;

/// <summary>Keeps passwords as salted PBKDF2 (HMAC-SHA512) hashes in ASP.NET Core's versioned format. Safe for concurrent use.</summary>
/// <remarks>Hashing is made to cost. Where strangers can ask for it, it is done <see cref="InTurnAsync"/>.</remarks>
public sealed class Passwords
{
    /// <summary>OWASP's figure of 2023 for PBKDF2 with HMAC-SHA512.</summary>
    public const int DefaultIterations = 210_000;

    public const int MinLength = 8;
    public const int MaxLength = 128;

    private const int GeneratedLength = 20;

    /// <summary>Stands before a text to say how it is written; nobody types it.</summary>
    internal const char ByteOrderMark = '\uFEFF';

    private readonly PasswordHasher<Passwords> hasher;
    private readonly HashingPool pool = new(HashingPool.UsualThreads);
    private readonly Lazy<string> nobodys;

    /// <param name="iterations">Tests ask for few.</param>
    public Passwords(int iterations = DefaultIterations)
    {
        hasher = new PasswordHasher<Passwords>(Options.Create(new PasswordHasherOptions { IterationCount = iterations }));
        nobodys = new Lazy<string>(() => hasher.HashPassword(this, Secrets.NewSecret(GeneratedLength)));
    }

    /// <summary>Sign-ins that wait for their turn.</summary>
    internal int Waiting => pool.Waiting;

    /// <summary>A random password of letters and digits, for a person to be given once.</summary>
    public static string Generate() => Secrets.NewSecret(GeneratedLength);

    /// <summary>Null when the text may become a password: 8 to 128 characters that whoever signs in can send.</summary>
    public static Refusal? WhyNot(string password) =>
        password.Length is >= MinLength and <= MaxLength && !password.Any(character => char.IsControl(character) || character == ByteOrderMark)
            ? null
            : IdentityRefusals.PasswordUnfit;

    public string Hash(string password) => hasher.HashPassword(this, password);

    /// <summary>Whether the password is the one that was hashed.</summary>
    /// <param name="hash">Null for a user that does not exist: the answer is no, and takes as long.</param>
    public PasswordVerdict Verify(string? hash, string password)
    {
        var instead = nobodys.Value; // also where it is not needed: making it takes time, once, and nobody shall tell from whom
        var result = hasher.VerifyHashedPassword(this, hash ?? instead, password);
        return hash is null ? PasswordVerdict.Wrong : result switch
        {
            PasswordVerificationResult.Success => PasswordVerdict.Right,
            PasswordVerificationResult.SuccessRehashNeeded => PasswordVerdict.RightButWeaklyHashed,
            _ => PasswordVerdict.Wrong,
        };
    }

    /// <summary>Does work that hashes when its turn has come, on threads that serve nothing else.</summary>
    internal Task<Result<T>> InTurnAsync<T>(HashingTurn turn, Func<Result<T>> work, CancellationToken cancellationToken) =>
        pool.RunAsync(turn, work, cancellationToken);
}

public enum PasswordVerdict
{
    Wrong,
    Right,

    /// <summary>Right, and kept with fewer iterations than are asked for today: to be hashed again.</summary>
    RightButWeaklyHashed,
}
