using Guildhall.Api;
using Guildhall.Hosting;

namespace Guildhall.Tests.Api;

public sealed class AccountRatesTests
{
    private readonly FakeClock clock = new();

    [Fact]
    public void A_burst_passes_and_then_one_request_per_interval()
    {
        var rates = Rates(perSecond: 2, burst: 3);

        Assert.Equal([0, 0, 0, 500, 500], Take(rates, 5));
        clock.Advance(TimeSpan.FromMilliseconds(200));
        Assert.Equal([300], Take(rates, 1));
        clock.Advance(TimeSpan.FromMilliseconds(300));
        Assert.Equal([0, 500], Take(rates, 2));
        clock.Advance(TimeSpan.FromHours(1));
        Assert.Equal([0, 0, 0, 500], Take(rates, 4));
    }

    [Fact]
    public void Without_a_burst_the_requests_of_one_second_may_come_at_once() =>
        Assert.Equal([0, 0, 0, 0, 250], Take(Rates(perSecond: 4, burst: null), 5));

    [Fact]
    public void Without_a_limit_everything_passes_and_nothing_is_remembered()
    {
        var rates = Rates(perSecond: 0, burst: null);

        Assert.All(Take(rates, 1000), wait => Assert.Equal(0, wait));
        Assert.Equal(0, rates.Remembered);
    }

    [Fact]
    public void Accounts_do_not_share()
    {
        var rates = Rates(perSecond: 1, burst: 1);

        Assert.Equal([0, 1000], Take(rates, 2));
        Assert.Equal([0, 1000], Take(rates, 2, "other"));
    }

    [Fact]
    public void A_clock_that_is_set_back_makes_nobody_wait_for_longer_than_a_burst()
    {
        var rates = Rates(perSecond: 1, burst: 2);
        Take(rates, 2);

        clock.Advance(TimeSpan.FromDays(-1));

        Assert.Equal([1000], Take(rates, 1));
    }

    [Fact]
    public void Who_was_not_here_lately_is_forgotten()
    {
        var rates = Rates(perSecond: 1, burst: 1);
        for (var account = 0; account < 100_000; account++)
        {
            Take(rates, 1, "account " + account);
            clock.Advance(TimeSpan.FromMilliseconds(10));
        }

        Assert.InRange(rates.Remembered, 1, 2048);
    }

    [Fact]
    public void Requests_at_the_same_moment_pass_no_more_than_the_burst()
    {
        var rates = Rates(perSecond: 1, burst: 500_000);
        var passed = 0;

        Race.Run(500_000, _ =>
        {
            if (rates.Take("account") == TimeSpan.Zero)
            {
                Interlocked.Increment(ref passed);
            }
        });

        Assert.Equal(500_000, passed);
    }

    [Fact]
    public async Task The_wire_says_how_many_are_allowed_and_when_the_next_one_is()
    {
        await using var service = await TestService.StartAsync(
            Engine.Sqlite, settings => settings with { Load = new LoadLimits { RequestsPerSecond = 2, RequestBurst = 1 } });
        Assert.Equal(200, (await service.Inviter.GetAsync("members")).Status);

        var (status, body) = await service.Inviter.GetAsync("members");
        var answer = await Identity.KeystoneTests.SendAsync(service, "GET", "/v3/projects", service.Inviter.Token);
        var other = await service.Invitee.GetAsync("members");
        service.Clock.Advance(TimeSpan.FromSeconds(0.5));

        Assert.Equal(429, status);
        Assert.Equal(
            """{"error_code":"APIGW.0308","error_msg":"The throttling threshold has been reached: account harbor-trade may send 2 requests per second; try again in 1 s"}""",
            body);
        Assert.Equal((429, "1"), ((int)answer.Status, answer.RetryAfter));
        Assert.StartsWith("""{"error":{"code":429,"message":"The throttling threshold has been reached: account harbor-trade""", answer.Body, StringComparison.Ordinal);
        Assert.Equal(200, other.Status);
        Assert.Equal(200, (await service.Inviter.GetAsync("members")).Status);
    }

    private AccountRates Rates(int perSecond, int? burst) => new(new LoadLimits { RequestsPerSecond = perSecond, RequestBurst = burst }, clock);

    private static List<double> Take(AccountRates rates, int requests, string account = "account") =>
        [.. Enumerable.Range(0, requests).Select(_ => rates.Take(account).TotalMilliseconds)];
}
