using System.Security.Cryptography;

namespace Guildhall.Api;

/// <summary>Ids of requests: 32 hex digits that no other request has, in this process or another. They need not be hard to guess.</summary>
internal static class RequestIds
{
    private static readonly string Ours = RandomNumberGenerator.GetHexString(16, lowercase: true);

    /// <summary>Odd, so that no product comes twice; the counter itself would tell callers how many requests there are.</summary>
    private static readonly ulong Stride = BitConverter.ToUInt64(RandomNumberGenerator.GetBytes(8)) | 1;

    private static ulong count;

    public static string Next() => string.Create(32, unchecked(Interlocked.Increment(ref count) * Stride), static (id, number) =>
    {
        Ours.CopyTo(id);
        number.TryFormat(id[Ours.Length..], out _, "x16");
    });
}
