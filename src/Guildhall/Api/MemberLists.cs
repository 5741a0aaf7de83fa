using System.Collections.Concurrent;
using Guildhall.Identity;
using Guildhall.Storage;

namespace Guildhall.Api;

/// <summary>The bodies of ListMembers, remembered for as long as no membership of the account changes. Safe for concurrent use.</summary>
/// <remarks>
/// A body is read after its account's version was, and shown to those who found that same version after they had asked. So nobody is shown less than what
/// was acknowledged before, by any replica. Who asks for a body that is being read waits for it, so that many at once cost no more than one.
/// </remarks>
internal sealed class MemberLists(MemberManagement members) : IDisposable
{
    /// <summary>The most bytes of all bodies together.</summary>
    private const long Budget = 64 * 1024 * 1024;

    /// <summary>The most bytes of one body; a longer one is read and sent a piece at a time.</summary>
    private const long LongestRemembered = 8 * 1024 * 1024;

    /// <summary>What a body costs beside its bytes.</summary>
    private const long Overhead = 512;

    /// <summary>The most long bodies that are read at the same time; each holds a connection of the database for as long as its caller takes.</summary>
    private const int MostStreams = 4;

    private readonly RecentCache<Key, (long Version, ChunkedBody? Body)> known = new(Budget);
    private readonly ConcurrentDictionary<(Key Key, long Version), Task<ChunkedBody?>> reading = new();
    private readonly SemaphoreSlim streams = new(MostStreams, MostStreams);

    public void Dispose() => streams.Dispose();

    /// <summary>The body for the caller, if it is remembered and still holds.</summary>
    public ChunkedBody? Find(Caller caller, string query) =>
        known.TryGet(Key.Of(caller, query), out var found) && found.Version == caller.Versions.Register ? found.Body : null;

    /// <summary>Sends the list to the caller.</summary>
    public async Task SendAsync(HttpContext context, Caller caller, string query, Page<MembershipFilter> page, bool isExtended)
    {
        if (await ReadSharedAsync(caller, query, page, isExtended) is { } body)
        {
            await Answers.SendAsync(context, body);
            return;
        }

        await streams.WaitAsync(context.RequestAborted);
        try
        {
            await StreamAsync(context, caller, page, isExtended);
        }
        finally
        {
            streams.Release();
        }
    }

    /// <summary>The whole body; null when it is too long to be held.</summary>
    private async Task<ChunkedBody?> ReadSharedAsync(Caller caller, string query, Page<MembershipFilter> page, bool isExtended)
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

    private async Task<ChunkedBody?> ReadAsync(Caller caller, Key key, Page<MembershipFilter> page, bool isExtended)
    {
        var body = new ChunkedBody();
        using var writer = new MemberListWriter(body, page.Limit, isExtended);
        await members.ReadMembersAsync(
            caller, page.Filter, writer.Begin, membership => new(writer.TryAdd(membership) && body.Length <= LongestRemembered), CancellationToken.None);
        writer.End();
        var whole = body.Length <= LongestRemembered ? body.Trim() : null;
        known.Set(key, (caller.Versions.Register, whole), Overhead + (sizeof(char) * key.Query.Length) + (whole?.Length ?? 0));
        return whole;
    }

    private async Task StreamAsync(HttpContext context, Caller caller, Page<MembershipFilter> page, bool isExtended)
    {
        const int PieceLength = 64 * 1024;
        var body = new ChunkedBody();
        using var writer = new MemberListWriter(body, page.Limit, isExtended);
        context.Response.ContentType = Answers.ContentType;
        await members.ReadMembersAsync(
            caller,
            page.Filter,
            () =>
            {
                if (context.Response.HasStarted)
                {
                    throw new InvalidOperationException("The database went away while a list was being sent.");
                }

                writer.Begin();
            },
            async membership =>
            {
                var isTaken = writer.TryAdd(membership);
                if (body.Length > PieceLength)
                {
                    await body.WriteToAsync(context.Response, context.RequestAborted);
                    body.Clear();
                }

                return isTaken;
            },
            context.RequestAborted);
        writer.End();
        await body.WriteToAsync(context.Response, context.RequestAborted);
    }

    private readonly record struct Key(string AccountId, string ProjectId, string Query)
    {
        public static Key Of(Caller caller, string query) => new(caller.AccountId, caller.ProjectId, query);
    }
}
