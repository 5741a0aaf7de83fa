using System.Collections.Concurrent;
using System.Diagnostics;
using System.Net;
using System.Text.Json.Nodes;

namespace Guildhall.Tests.Hosting;

/// <summary>Sends one call after another until a server is gone, and keeps what has to be true afterwards.</summary>
internal abstract class CrashClient(HttpClient http)
{
    protected HttpClient Http => http;

    /// <summary>Calls that were answered.</summary>
    public int Acknowledged { get; private set; }

    /// <summary>Calls that were answered with 503: the database was away for longer than the server waits.</summary>
    public int TurnedAway { get; private set; }

    /// <summary>When each acknowledged change was asked for and when it was answered, as timestamps.</summary>
    public ConcurrentQueue<(long Asked, long Answered)> Changes { get; } = [];

    /// <summary>Whether the server died on a call, or its database did, so that nobody knows yet what became of it.</summary>
    public bool IsCutOff { get; protected set; }

    /// <summary>The accounts that are its own.</summary>
    public abstract IEnumerable<string> Names { get; }

    /// <param name="next">Which server gets the next call.</param>
    public async Task RunAsync(Func<Uri> next, CancellationToken stop)
    {
        try
        {
            while (!stop.IsCancellationRequested)
            {
                var asked = Stopwatch.GetTimestamp();
                if (await CallAsync(next()))
                {
                    Changes.Enqueue((asked, Stopwatch.GetTimestamp()));
                }

                Acknowledged++;
            }
        }
        catch (Exception exception) when (exception is HttpRequestException or IOException)
        {
            // The server is gone, or says that its database is.
            TurnedAway += exception is HttpRequestException { StatusCode: HttpStatusCode.ServiceUnavailable } ? 1 : 0;
        }
    }

    /// <summary>Compares what is there with what was answered; the call that was not may have happened whole, or not at all.</summary>
    /// <param name="states">By account; those that are not invited are missing.</param>
    public abstract Task VerifyAsync(Dictionary<string, string> states, CrashRecords records, Uri address);

    /// <summary>Answers whether something was changed.</summary>
    protected abstract Task<bool> CallAsync(Uri address);

    protected async Task<(int Status, string Body)> SendAsync(CrashTenant tenant, Uri address, string method, string path, JsonNode? body = null)
    {
        IsCutOff = true;
        var answer = await tenant.SendAsync(http, address, method, path, body);
        IsCutOff = false;
        return answer;
    }

    protected static JsonObject Naming(CrashTenant inviter, params IEnumerable<JsonObject> invitees) => new()
    {
        ["bcs_id"] = inviter.Service,
        ["channel_name"] = "channel",
        ["invited_userinfo"] = new JsonArray([.. invitees]),
    };
}

/// <summary>One account's place in the channel: it is invited, answers, quits and is cleared away.</summary>
internal sealed class CrashPlace(CrashTenant inviter, CrashTenant invitee, HttpClient http, Dice dice) : CrashClient(http)
{
    private const string Free = "free";

    /// <summary>What every call does where it does something.</summary>
    private static readonly Dictionary<(string State, string Call), string> Effects = new()
    {
        [(Free, "invite")] = "waiting",
        [("reject", "invite")] = "waiting",
        [("quit", "invite")] = "waiting",
        [("waiting", "agree")] = "agreed",
        [("waiting", "reject")] = "reject",
        [("agreed", "quit")] = "quit",
        [("waiting", "delete")] = Free,
        [("reject", "delete")] = Free,
        [("quit", "delete")] = Free,
    };

    private readonly List<string> quits = [];
    private string state = Free;
    private string? unanswered;
    private int invited;
    private int agreed;
    private int left;

    public override IEnumerable<string> Names => [invitee.Account];

    /// <summary>The first two calls, without chance.</summary>
    public async Task InviteAndAgreeAsync(Uri address)
    {
        Assert.Equal(200, (await SendAsync(inviter, address, "POST", "members/invitations", Naming(inviter, Named()))).Status);
        Assert.Equal(200, (await SendAsync(invitee, address, "POST", "notification/handle", Answer("agreed"))).Status);
    }

    public override async Task VerifyAsync(Dictionary<string, string> states, CrashRecords records, Uri address)
    {
        var found = states.GetValueOrDefault(invitee.Account, Free);
        if (unanswered is { } call && found != state)
        {
            Assert.Equal((state, call, Effects.GetValueOrDefault((state, call), state)), (state, call, found));
            Note(call);
            state = found;
        }

        unanswered = null;
        Assert.Equal((invitee.Account, state), (invitee.Account, found));
        Assert.Equal(invited, records.Count($"SELECT count(*) FROM memberships WHERE invitee_account_id = '{invitee.Account}'"));
        Assert.Equal(agreed, records.Count($"SELECT count(*) FROM operations WHERE project_id = '{invitee.Project}' AND type = '05'"));
        Assert.Equal(left, records.Count($"SELECT count(*) FROM operations WHERE project_id = '{invitee.Project}' AND type = '03'"));
        Assert.All(quits, id => Assert.Equal(id, records.Find($"SELECT id FROM operations WHERE id = '{id}' AND project_id = '{invitee.Project}'")));
        Assert.Equal(quits.Count, quits.Distinct().Count());
        if (state == "quit")
        {
            await QuitAgainAsync(address);
            Assert.Equal(left, quits.Count);
        }
    }

    protected override async Task<bool> CallAsync(Uri address)
    {
        var calls = Effects.Keys.Where(key => key.State == state).Select(key => key.Call).Append("again").ToArray();
        var call = calls[dice.Throw(0, calls.Length)];
        if (call == "again")
        {
            await RepeatAsync(address);
            return false;
        }

        if (state is "agreed" or "quit" && await StateSeenAsync(address) != state)
        {
            return false; // the worker is still at it
        }

        unanswered = call;
        var (status, body) = call switch
        {
            "invite" => await SendAsync(inviter, address, "POST", "members/invitations", Naming(inviter, Named())),
            "delete" => await SendAsync(inviter, address, "DELETE", "members/invitations", Naming(inviter, Named(state))),
            "quit" => await SendAsync(invitee, address, "PUT", "members/quit", Quit()),
            _ => await SendAsync(invitee, address, "POST", "notification/handle", Answer(call == "agree" ? "agreed" : "reject")),
        };
        Assert.True(status == 200, $"{call} of {invitee.Account} ({state}): {status} {body}");
        unanswered = null;
        Note(call);
        if (call == "quit")
        {
            quits.Add((string)JsonNode.Parse(body)!["operation_id"]!);
        }

        state = Effects[(state, call)];
        return true;
    }

    /// <summary>How far the worker has come, as the invitee sees it.</summary>
    private async Task<string> StateSeenAsync(Uri address) => (await invitee.MembersAsync(Http, address))[invitee.Account];

    /// <summary>A call that changes nothing: refused, or answered as before.</summary>
    private async Task RepeatAsync(Uri address)
    {
        if (state == "quit")
        {
            await QuitAgainAsync(address);
            return;
        }

        var (status, body) = state is "waiting" or "agreed"
            ? await SendAsync(inviter, address, "POST", "members/invitations", Naming(inviter, Named()))
            : await SendAsync(invitee, address, "POST", "notification/handle", Answer("agreed"));
        Assert.True(status == 400, $"a repeat for {invitee.Account} ({state}): {status} {body}");
    }

    private async Task QuitAgainAsync(Uri address)
    {
        var (status, body) = await SendAsync(invitee, address, "PUT", "members/quit", Quit());
        Assert.True(status == 200, body);
        var id = (string)JsonNode.Parse(body)!["operation_id"]!;
        if (quits.Count < left)
        {
            quits.Add(id); // of the quit that was not answered
        }

        Assert.Equal(quits[^1], id);
    }

    private void Note(string call)
    {
        invited += call == "invite" ? 1 : 0;
        agreed += call == "agree" ? 1 : 0;
        left += call == "quit" ? 1 : 0;
    }

    private JsonObject Named(string? status = null) => status == "quit"
        ? new JsonObject { ["invited_user"] = invitee.Account, ["status"] = status, ["invited_bcs_id"] = invitee.Service }
        : new JsonObject { ["invited_user"] = invitee.Account, ["status"] = status };

    private JsonObject Quit() => new()
    {
        ["inviter_bcsid"] = inviter.Service,
        ["inviter_projectid"] = inviter.Project,
        ["inviter_domainid"] = inviter.Account,
        ["inviter_username"] = inviter.Account,
        ["channel_name"] = "channel",
        ["invitee_bcsid"] = invitee.Service,
        ["invitee_projectid"] = invitee.Project,
        ["invitee_domainid"] = invitee.Account,
    };

    private JsonObject Answer(string status) => new()
    {
        ["channel_name"] = "channel",
        ["status"] = status,
        ["invitor_info"] = Info("invitor", inviter),
        ["invitee_info"] = Info("invitee", invitee),
        ["invited_orgs"] = new JsonArray(new JsonObject { ["name"] = "organization" }),
    };

    private static JsonObject Info(string party, CrashTenant tenant) => new()
    {
        [party + "_bcs_id"] = tenant.Service,
        [party + "_bcs_name"] = "service",
        [party + "_project_id"] = tenant.Project,
        [party + "_user_id"] = tenant.Account,
    };
}

/// <summary>Accounts that are invited and uninvited in one call: all of them, or none.</summary>
internal sealed class CrashGroup(CrashTenant inviter, string[] names, HttpClient http, Dice dice) : CrashClient(http)
{
    private bool isInvited;
    private bool isUnanswered;
    private int invited;

    public override IEnumerable<string> Names => names;

    public override Task VerifyAsync(Dictionary<string, string> states, CrashRecords records, Uri address)
    {
        var found = names.Select(name => states.GetValueOrDefault(name, "free")).Distinct().ToArray();
        var isThere = Assert.Single(found) == "waiting";
        if (isUnanswered && isThere != isInvited)
        {
            Change();
        }

        isUnanswered = false;
        Assert.Equal(isInvited, isThere);
        Assert.All(names, name => Assert.Equal(invited, records.Count($"SELECT count(*) FROM memberships WHERE invitee_account_id = '{name}'")));
        return Task.CompletedTask;
    }

    protected override async Task<bool> CallAsync(Uri address)
    {
        var isRefused = dice.Throw(0, 3) == 0;
        var (method, all) = (isInvited ? "DELETE" : "POST", isRefused ? [.. names, "nobody"] : names);
        isUnanswered = !isRefused;
        var (status, body) = await SendAsync(
            inviter, address, method, "members/invitations", Naming(inviter, all.Select(name => new JsonObject { ["invited_user"] = name })));
        Assert.True(status == (isRefused ? 400 : 200), $"{method} of a group: {status} {body}");
        isUnanswered = false;
        if (!isRefused)
        {
            Change();
        }

        return !isRefused;
    }

    private void Change()
    {
        isInvited = !isInvited;
        invited += isInvited ? 1 : 0;
    }
}
