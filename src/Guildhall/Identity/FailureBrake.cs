using System.Net;
using System.Net.Sockets;
using Guildhall.Memberships;

namespace Guildhall.Identity;

/// <summary>Slows whoever guesses passwords or signatures, per account and per address. Safe for concurrent use.</summary>
/// <remarks>
/// Some failures are free; each further one doubles the wait, from one second to five minutes, in which even the right secret is turned
/// down. Counts live in this process's memory and are forgotten after an hour without a failure. Opaque tokens cannot be guessed and
/// are not counted.
/// </remarks>
public sealed class FailureBrake(TimeProvider clock)
{
    /// <summary>Failures of one user or access key before the first wait.</summary>
    public const int FreePerAccount = 5;

    /// <summary>Failures from one address before the first wait; many people may share one.</summary>
    public const int FreePerAddress = 50;

    /// <summary>Accounts, and as many addresses, that are remembered; beyond, whoever failed longest ago is forgotten.</summary>
    public const int MaxRemembered = 10_000;

    public static readonly TimeSpan MaxWait = TimeSpan.FromMinutes(5);

    private const int MaxKeyLength = 160;
    private static readonly TimeSpan Memory = TimeSpan.FromHours(1);

    private readonly Counts accounts = new(FreePerAccount);
    private readonly Counts addresses = new(FreePerAddress);

    /// <summary>The refusal to answer with while the account or the address has to wait; null otherwise.</summary>
    public Refusal? Holds(string account, string address)
    {
        if (accounts.IsEmpty && addresses.IsEmpty)
        {
            return null;
        }

        var now = clock.GetUtcNow();
        var until = Max(accounts.HeldUntil(Key(account)), addresses.HeldUntil(Network(address)));
        if (until <= now)
        {
            return null;
        }

        var wait = TimeSpan.FromSeconds(Math.Ceiling((until - now).TotalSeconds));
        return Refusal.TooManyFailures.Because($"too many failed attempts; try again in {wait.TotalSeconds} s") with { RetryAfter = wait };
    }

    public void Failed(string account, string address)
    {
        var now = clock.GetUtcNow();
        accounts.Add(Key(account), now);
        addresses.Add(Network(address), now);
    }

    /// <summary>Clears the account's count. The address keeps its own: one good account must not open the way to others.</summary>
    public void Succeeded(string account) => accounts.Remove(Key(account));

    private static DateTimeOffset Max(DateTimeOffset one, DateTimeOffset other) => one > other ? one : other;

    private static string Key(string account) => account.Length <= MaxKeyLength ? account : account[..MaxKeyLength];

    /// <summary>An IPv6 host owns at least a /64 of addresses: the first 64 bits stand for it.</summary>
    private static string Network(string address)
    {
        if (!IPAddress.TryParse(address, out var parsed) || parsed.AddressFamily != AddressFamily.InterNetworkV6 || parsed.IsIPv4MappedToIPv6)
        {
            return Key(address);
        }

        return Convert.ToHexString(parsed.GetAddressBytes().AsSpan(0, 8));
    }

    private sealed class Counts(int free)
    {
        private readonly Lock guard = new();
        private readonly Dictionary<string, LinkedListNode<Count>> byKey = [];
        private readonly LinkedList<Count> oldestFirst = new();
        private int count;

        /// <summary>Nothing has failed lately, as nearly always; then nobody waits for the lock.</summary>
        public bool IsEmpty => Volatile.Read(ref count) == 0;

        public DateTimeOffset HeldUntil(string key)
        {
            if (IsEmpty)
            {
                return DateTimeOffset.MinValue;
            }

            lock (guard)
            {
                return byKey.TryGetValue(key, out var node) ? node.Value.HeldUntil : DateTimeOffset.MinValue;
            }
        }

        public void Add(string key, DateTimeOffset now)
        {
            lock (guard)
            {
                var before = Take(key) is { } known && now - known.LastAt < Memory ? known.Failures : 0;
                byKey[key] = oldestFirst.AddLast(new Count(key, before + 1, now, now + WaitAfter(before + 1)));
                if (byKey.Count > MaxRemembered)
                {
                    Take(oldestFirst.First!.Value.Key);
                }

                Volatile.Write(ref count, byKey.Count);
            }
        }

        public void Remove(string key)
        {
            if (IsEmpty)
            {
                return;
            }

            lock (guard)
            {
                Take(key);
            }
        }

        private Count? Take(string key)
        {
            if (!byKey.Remove(key, out var node))
            {
                return null;
            }

            oldestFirst.Remove(node);
            Volatile.Write(ref count, byKey.Count);
            return node.Value;
        }

        private TimeSpan WaitAfter(int failures)
        {
            var doublings = failures - free;
            return doublings < 0 ? TimeSpan.Zero
                : doublings > 8 ? MaxWait
                : TimeSpan.FromSeconds(Math.Min(1 << doublings, MaxWait.TotalSeconds));
        }
    }

    private sealed record Count(string Key, int Failures, DateTimeOffset LastAt, DateTimeOffset HeldUntil);
}
