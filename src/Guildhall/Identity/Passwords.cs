using Guildhall.Memberships;
using Microsoft.AspNetCore.Identity;
using Microsoft.Extensions.Options;

namespace Guildhall.Identity;

/// <summary>Keeps passwords as salted PBKDF2 (HMAC-SHA512) hashes in ASP.NET Core's versioned format. Safe for concurrent use.</summary>
/// <remarks>Hashing is made to cost; at most one per processor runs at a time, so that a burst of logins leaves room for requests.</remarks>
public sealed class Passwords : IDisposable
{
    /// <summary>OWASP's figure of 2023 for PBKDF2 with HMAC-SHA512.</summary>
    public const int DefaultIterations = 210_000;

    public const int MinLength = 8;
    public const int MaxLength = 128;

    private const int GeneratedLength = 20;

    private readonly PasswordHasher<Passwords> hasher;
    private readonly SemaphoreSlim seats = new(Environment.ProcessorCount);
    private readonly Lazy<string> nobodys;

    /// <param name="iterations">Tests ask for few.</param>
    public Passwords(int iterations = DefaultIterations)
    {
        hasher = new PasswordHasher<Passwords>(Options.Create(new PasswordHasherOptions { IterationCount = iterations }));
        nobodys = new Lazy<string>(() => hasher.HashPassword(this, Secrets.NewSecret(GeneratedLength)));
    }

    /// <summary>A random password of letters and digits, for a person to be given once.</summary>
    public static string Generate() => Secrets.NewSecret(GeneratedLength);

    /// <summary>Null when the text may become a password: 8 to 128 characters.</summary>
    public static Refusal? WhyNot(string password) =>
        password.Length is >= MinLength and <= MaxLength ? null : IdentityRefusals.PasswordUnfit;

    public async Task<string> HashAsync(string password, CancellationToken cancellationToken)
    {
        await seats.WaitAsync(cancellationToken);
        try
        {
            return hasher.HashPassword(this, password);
        }
        finally
        {
            seats.Release();
        }
    }

    /// <summary>Whether the password is the one that was hashed.</summary>
    /// <param name="hash">Null for a user that does not exist: the answer is no, and takes as long.</param>
    public async Task<PasswordVerdict> VerifyAsync(string? hash, string password, CancellationToken cancellationToken)
    {
        await seats.WaitAsync(cancellationToken);
        try
        {
            var result = hasher.VerifyHashedPassword(this, hash ?? nobodys.Value, password);
            return hash is null ? PasswordVerdict.Wrong : result switch
            {
                PasswordVerificationResult.Success => PasswordVerdict.Right,
                PasswordVerificationResult.SuccessRehashNeeded => PasswordVerdict.RightButWeaklyHashed,
                _ => PasswordVerdict.Wrong,
            };
        }
        finally
        {
            seats.Release();
        }
    }

    public void Dispose() => seats.Dispose();
}

public enum PasswordVerdict
{
    Wrong,
    Right,

    /// <summary>Right, and kept with fewer iterations than are asked for today: to be hashed again.</summary>
    RightButWeaklyHashed,
}
