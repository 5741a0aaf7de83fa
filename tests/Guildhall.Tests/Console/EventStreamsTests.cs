using System.Net;
using Guildhall.Console;
using Guildhall.Tests.Identity;

namespace Guildhall.Tests.Console;

/// <summary>Pages that are told of changes take connections and looks at the store; no user and no account takes all of them.</summary>
public sealed class EventStreamsTests
{
    [Theory, EveryEngine]
    public async Task A_user_who_opens_ever_more_pages_leaves_streams_to_others(Engine engine)
    {
        await using var service = await TestService.StartAsync(engine);
        await service.AddUserAsync(service.Inviter.AccountId, "second-user", "second", "admin");
        await service.AddTokenAsync("second-token", service.Inviter.AccountId, "second-user", service.Inviter.ProjectId);
        var open = new List<HttpResponseMessage>();
        for (var i = 0; i < EventStreams.MostOfUser; i++)
        {
            open.Add(await OpenAsync(service, service.Inviter.Token));
        }

        Assert.All(open, stream => Assert.Equal(HttpStatusCode.OK, stream.StatusCode));
        Assert.Equal(HttpStatusCode.ServiceUnavailable, await AskAsync(service, service.Inviter.Token));
        Assert.Equal(HttpStatusCode.OK, await AskAsync(service, "second-token"));
        Assert.Equal(HttpStatusCode.OK, await AskAsync(service, service.Invitee.Token));

        open.ForEach(stream => stream.Dispose());
        var streams = service.Services.GetRequiredService<EventStreams>();
        while (streams.Count > 0)
        {
            await Task.Delay(10); // until the server has noticed that they were left
        }

        Assert.Equal(HttpStatusCode.OK, await AskAsync(service, service.Inviter.Token));
    }

    [Theory, EveryEngine]
    public async Task A_stream_ends_with_its_session(Engine engine)
    {
        await using var service = await TestService.StartAsync(engine);
        await service.AddTokenAsync("second-session", service.Inviter.AccountId, service.Inviter.UserId, service.Inviter.ProjectId);
        using var stream = await OpenAsync(service, service.Inviter.Token);
        using var other = await OpenAsync(service, service.Invitee.Token);
        var told = stream.Content.ReadAsStringAsync();
        Assert.Equal(2, service.Services.GetRequiredService<EventStreams>().Count);

        await KeystoneTests.SendAsync(service, "DELETE", "/v3/auth/tokens", "second-session", subject: service.Inviter.Token);

        Assert.StartsWith("retry: 3000", await told.WaitAsync(TimeSpan.FromSeconds(60)), StringComparison.Ordinal);
        await Patience.UntilAsync(() => service.Services.GetRequiredService<EventStreams>().Count == 1);
    }

    /// <summary>Seen failing with one count for all: the second account got none.</summary>
    [Fact]
    public void All_users_of_an_account_together_have_a_quarter()
    {
        var streams = new EventStreams();
        var open = new List<IDisposable?>();
        for (var user = 0; user < EventStreams.Most; user++)
        {
            open.Add(streams.Open("account", $"user {user}"));
        }

        Assert.Equal(EventStreams.Most / 4, open.Count(stream => stream is not null));
        Assert.NotNull(streams.Open("another", "user"));
        open[0]!.Dispose();
        open[0]!.Dispose(); // makes no more room than once
        Assert.NotNull(streams.Open("account", "late"));
        Assert.Null(streams.Open("account", "later"));
    }

    [Fact]
    public void All_accounts_together_have_so_many()
    {
        var streams = new EventStreams();
        for (var n = 0; n < EventStreams.Most; n++)
        {
            Assert.NotNull(streams.Open($"account {n}", "user"));
        }

        Assert.Null(streams.Open("late", "user"));
    }

    private static async Task<HttpStatusCode> AskAsync(TestService service, string token)
    {
        using var answer = await OpenAsync(service, token);
        return answer.StatusCode;
    }

    private static Task<HttpResponseMessage> OpenAsync(TestService service, string token)
    {
        var request = new HttpRequestMessage(HttpMethod.Get, new Uri(service.Address, "/console/events"));
        request.Headers.TryAddWithoutValidation("Cookie", "guildhall-session=" + token);
        return service.Http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead);
    }
}
