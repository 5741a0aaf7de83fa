using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text;

namespace Guildhall.Identity;

/// <summary>A try at a password or a signature, as the <see cref="FailureBrake"/> counts it.</summary>
/// <param name="From">Where it comes from.</param>
/// <param name="UserId">The user that the name is of; null when there is none, and for access keys.</param>
[StructLayout(LayoutKind.Auto)]
internal readonly record struct LoginAttempt(AttemptedName Name, NetworkPrefix From, string? UserId);

/// <summary>Whom an attempt names, by how it is spelled alone. Whether there is such a user makes no difference.</summary>
/// <param name="Key">Stands for the spelling; its fixed size keeps long names from taking memory.</param>
[StructLayout(LayoutKind.Auto)]
internal readonly record struct AttemptedName(AttemptedKind Kind, ulong Key)
{
    /// <summary>Another one in each process, so that nobody finds two names that are counted as one.</summary>
    private static readonly byte[] Salt = RandomNumberGenerator.GetBytes(32);

    /// <remarks>
    /// A user's name in an account's name is one user's and no other's. Its id, its name in an account's id, and an account that signs in as
    /// itself may be any user's.
    /// </remarks>
    public static AttemptedName Of(LoginName name) => new(
        name.UserId != "" || name.AccountId != "" || name.UserName == name.AccountName ? AttemptedKind.MayBeAnybody : AttemptedKind.Named,
        KeyOf("user", name.UserId, name.UserName, name.AccountId, name.AccountName));

    public static AttemptedName OfAccessKey(string accessKey) => new(AttemptedKind.AccessKey, KeyOf("access key", accessKey));

    /// <summary>A user where it has signed in before, however it is spelled.</summary>
    public static ulong KeyOfUser(string userId) => KeyOf("proven", userId);

    private static ulong KeyOf(params ReadOnlySpan<string> parts)
    {
        Span<byte> digest = stackalloc byte[SHA256.HashSizeInBytes];
        HMACSHA256.HashData(Salt, Encoding.UTF8.GetBytes(string.Join('\0', parts)), digest);
        return BinaryPrimitives.ReadUInt64BigEndian(digest);
    }
}

/// <summary>What a spelling says of whom it names.</summary>
internal enum AttemptedKind
{
    Named,
    MayBeAnybody,
    AccessKey,
}
