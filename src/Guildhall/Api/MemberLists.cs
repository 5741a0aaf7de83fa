using System.Collections.Concurrent;
using System.Diagnostics.CodeAnalysis;
using Guildhall.Api.Wire;
using Guildhall.Identity;
using Guildhall.Memberships;
using Guildhall.Storage;

namespace Guildhall.Api;

/// <summary>The bodies of ListMembers, remembered for as long as no membership of the account changes. Safe for concurrent use.</summary>
/// <remarks>
/// A body is read after its account's version was, and shown to those who found that same version after they had asked. So nobody is shown less than what
/// was acknowledged before, by any replica. Who asks for a body that is being read waits for it, so that many at once cost no more than one.
/// A body that is too long to be remembered is made anew for each who asks, a piece at a time.
/// </remarks>
internal sealed class MemberLists(MemberManagement members, LongAnswers answers, MemoryBudget memory)
{
    /// <summary>What a body costs beside its bytes.</summary>
    private const long Overhead = 512;

    /// <summary>The most bytes of one body that is held, where there is memory enough.</summary>
    private const long MostBytes = 8 * 1024 * 1024;

    private static readonly ListShape<Membership, string, Member> Plain =
        new("members", Answers.Json.Member, member => ListMembers.ToWire(member, isExtended: false), id => id);

    private static readonly ListShape<Membership, string, Member> Extended =
        new("members", Answers.Json.Member, member => ListMembers.ToWire(member, isExtended: true), id => id);

    private readonly RecentCache<Key, (long Version, ChunkedBody? Body)> known = new(memory.Lists);
    private readonly ConcurrentDictionary<(Key Key, long Version), Task<ChunkedBody?>> reading = new();
    private readonly HeldBodies held = new(memory.Lists);

    private readonly long longest = Math.Min(MostBytes, memory.Lists / 4);

    /// <summary>Sends the list to the caller, unless it would have to be read.</summary>
    public bool TrySend(HttpContext context, Caller caller, string query, [NotNullWhen(true)] out Task? sending)
    {
        sending = null;
        return known.TryGet(Key.Of(caller, query), out var found) && found.Version == caller.Versions.Register && found.Body is { } body
            && TrySend(context, body, out sending);
    }

    /// <summary>Sends the list to the caller.</summary>
    public async Task SendAsync(HttpContext context, Caller caller, string query, MembershipPage page, bool isExtended)
    {
        if (await ReadSharedAsync(caller, query, page, isExtended) is { } body && TrySend(context, body, out var sending))
        {
            await sending;
            return;
        }

        using var list = BodyOf(caller, page, isExtended);
        await answers.SendAsync(context, caller, list.Body, list.WriteNextAsync);
    }

    /// <summary>Sends a body to one of many readers; unless slow readers have others held already, and this one is not to be held too.</summary>
    private bool TrySend(HttpContext context, ChunkedBody body, [NotNullWhen(true)] out Task? sending)
    {
        sending = body.Length <= LongAnswers.Short ? Answers.SendAsync(context, body) : held.TryHold(body) ? SendHeldAsync(context, body) : null;
        return sending is not null;
    }

    private async Task SendHeldAsync(HttpContext context, ChunkedBody body)
    {
        try
        {
            await answers.SendWholeAsync(context, Answers.ContentType, body);
        }
        finally
        {
            held.Release(body);
        }
    }

    /// <summary>The whole body; null when it is too long to be held.</summary>
    private async Task<ChunkedBody?> ReadSharedAsync(Caller caller, string query, MembershipPage page, bool isExtended)
    {
        var (key, version) = (Key.Of(caller, query), caller.Versions.Register);
        if (known.TryGet(key, out var found) && found.Version == version)
        {
            return found.Body;
        }

        try
        {
            return await reading.GetOrAdd((key, version), _ => Task.Run(() => ReadAsync(caller, key, page, isExtended)));
        }
        finally
        {
            reading.TryRemove((key, version), out _);
        }
    }

    private async Task<ChunkedBody?> ReadAsync(Caller caller, Key key, MembershipPage page, bool isExtended)
    {
        using var list = BodyOf(caller, page, isExtended);
        var body = list.Body;
        if (await list.WriteNextAsync(CancellationToken.None) && !await TryReadRestAsync())
        {
            return null;
        }

        var whole = body.Length <= longest ? body.Trim() : null;
        known.Set(key, (caller.Versions.Register, whole), Overhead + (sizeof(char) * key.Query.Length) + (whole?.Length ?? 0));
        return whole;

        async Task<bool> TryReadRestAsync()
        {
            if (!held.TryReserve(longest))
            {
                return false; // so many long ones are being read that this one is better sent as it is read
            }

            try
            {
                while (body.Length <= longest && await list.WriteNextAsync(CancellationToken.None))
                {
                }

                return true;
            }
            finally
            {
                held.Free(longest);
            }
        }
    }

    private ListBody<Membership, string, Member> BodyOf(Caller caller, MembershipPage page, bool isExtended) => new(
        isExtended ? Extended : Plain,
        page.Limit,
        page.After,
        (after, limit, cancellationToken) => members.ReadMembersAsync(caller, page.Filter, after, limit, cancellationToken));

    private readonly record struct Key(string AccountId, string ProjectId, string Query)
    {
        public static Key Of(Caller caller, string query) => new(caller.AccountId, caller.ProjectId, query);
    }
}
