using System.Net;
using Guildhall.Identity;
using Guildhall.Memberships;

namespace Guildhall.Tests.Identity;

/// <summary>Passwords in, tokens out, and what ends a token, on every engine.</summary>
public sealed class LoginsTests
{
    private const string Password = "correct horse";
    private const string Project = "cn-north-4";

    private static CancellationToken None => CancellationToken.None;

    [Theory, EveryEngine]
    public async Task A_token_is_good_for_24_hours_and_not_a_millisecond_longer(Engine engine)
    {
        await using var house = await House.OpenAsync(engine);
        var token = await house.LogInAsync();

        house.Clock.Advance(TimeSpan.FromHours(24) - TimeSpan.FromMilliseconds(1));
        Assert.True(await house.IsGoodAsync(token));
        house.Clock.Advance(TimeSpan.FromMilliseconds(1));
        Assert.False(await house.IsGoodAsync(token));
    }

    [Theory, EveryEngine]
    public async Task A_token_ends_at_once_with_what_it_depends_on_and_does_not_come_back(Engine engine)
    {
        (string Event, Func<House, string, Task> End, Func<House, Task> Mend)[] events =
        [
            ("password reset", (house, _) => house.Accounts.ResetPasswordAsync("alice-co", "alice", Password, endsKeys: false, None), _ => Task.CompletedTask),
            ("user disabled", (house, _) => house.Accounts.SetUserEnabledAsync("alice-co", "alice", false, None), house => house.Accounts.SetUserEnabledAsync("alice-co", "alice", true, None)),
            ("account disabled", (house, _) => house.Accounts.SetEnabledAsync("alice-co", false, None), house => house.Accounts.SetEnabledAsync("alice-co", true, None)),
            ("project disabled", (house, _) => house.Accounts.SetProjectEnabledAsync("alice-co", Project, false, None), house => house.Accounts.SetProjectEnabledAsync("alice-co", Project, true, None)),
            ("token revoked", (house, token) => house.RevokeAsync(token), _ => Task.CompletedTask),
        ];
        await using var house = await House.OpenAsync(engine);
        foreach (var (what, end, mend) in events)
        {
            var (token, other) = (await house.LogInAsync(), await house.LogInAsync("bob"));
            Assert.True(await house.IsGoodAsync(token), what);

            await end(house, token);
            Assert.False(await house.IsGoodAsync(token), what);
            Assert.True(what.StartsWith("account", StringComparison.Ordinal) || what.StartsWith("project", StringComparison.Ordinal) || await house.IsGoodAsync(other), what);

            await mend(house);
            Assert.False(await house.IsGoodAsync(token), what);
            Assert.True(await house.IsGoodAsync(await house.LogInAsync()), what); // in the same second: nothing is born dead
        }
    }

    [Theory, EveryEngine]
    public async Task Nobody_logs_in_to_what_is_disabled(Engine engine)
    {
        await using var house = await House.OpenAsync(engine);
        await house.Accounts.SetUserEnabledAsync("alice-co", "alice", false, None);
        Assert.Equal(401, (await house.TryAsync(new LoginName("", "alice", "", "alice-co"), Password))!.Status);
        Assert.Equal(401, (await house.TryAsync(new LoginName(house.AliceId, "", "", ""), Password))!.Status);

        await house.Accounts.SetUserEnabledAsync("alice-co", "alice", true, None);
        await house.Accounts.SetProjectEnabledAsync("alice-co", Project, false, None);
        Assert.Equal("The user has no access to the scope that is asked for.", (await house.TryAsync(new LoginName("", "alice", "", "alice-co"), Password))!.Message);

        await house.Accounts.SetEnabledAsync("alice-co", false, None);
        Assert.Equal("The username or password is wrong.", (await house.TryAsync(new LoginName("", "alice", "", "alice-co"), Password))!.Message);
    }

    [Theory, EveryEngine]
    public async Task An_account_logs_in_as_itself_through_its_first_enabled_administrator(Engine engine)
    {
        await using var house = await House.OpenAsync(engine);
        var itself = new LoginName("", "alice-co", "", "alice-co");
        Assert.Equal("alice", await house.NameOfAsync(itself));

        await house.Accounts.SetUserEnabledAsync("alice-co", "alice", false, None);
        Assert.Equal("bob", await house.NameOfAsync(itself));

        await house.Accounts.CreateUserAsync("alice-co", "alice-co", Role.Reader, Password, None);
        Assert.Equal("alice-co", await house.NameOfAsync(itself));

        await house.Accounts.SetUserEnabledAsync("alice-co", "alice-co", false, None);
        Assert.Equal(401, (await house.TryAsync(itself, Password))!.Status);
    }

    [Theory, EveryEngine]
    public async Task Wrong_passwords_are_slowed_for_user_and_stranger_alike_and_the_right_one_waits_too(Engine engine)
    {
        await using var house = await House.OpenAsync(engine);
        foreach (var name in new[] { "alice", "nobody" })
        {
            var who = new LoginName("", name, "", "alice-co");
            for (var i = 0; i < FailureBrake.FreePerName; i++)
            {
                Assert.Equal(401, (await house.TryAsync(who, "wrong password"))!.Status);
            }

            Assert.Equal(429, (await house.TryAsync(who, "wrong password"))!.Status);
        }

        var alice = new LoginName(house.AliceId, "", "", "");
        Assert.Equal(429, (await house.TryAsync(alice, Password))!.Status);
        house.Clock.Advance(TimeSpan.FromSeconds(1));
        Assert.Null(await house.TryAsync(alice, Password));
        Assert.Equal(401, (await house.TryAsync(alice, "wrong password"))!.Status);
    }

    [Theory, EveryEngine]
    public async Task A_weak_hash_is_made_again_by_a_login_and_tokens_stay(Engine engine)
    {
        await using var house = await House.OpenAsync(engine);
        var token = await house.LogInAsync();
        var stronger = new Passwords(iterations: 2);
        var logins = new Logins(house.Store.Store, stronger, new FailureBrake(house.Clock), house.Clock);

        Assert.False((await logins.LogInAsync(new LoginName(house.AliceId, "", "", ""), Password, LoginScope.None, Origin.Of(default), None)).IsRefused(out _));

        var hash = await house.Store.Store.ReadAsync(
            session => session.FindAsync("SELECT password_hash FROM users WHERE id = @id", row => row.GetString(0), [("id", house.AliceId)]), None);
        Assert.Equal(PasswordVerdict.Right, stronger.Verify(hash, Password));
        Assert.True(await house.IsGoodAsync(token));
    }

    [Theory, EveryDistance]
    public async Task The_right_password_is_right_for_all_who_sign_in_while_its_hash_is_made_again(Engine engine, int delay)
    {
        const int AtOnce = 6;
        await using var house = await House.OpenAsync(engine, delay);
        var logins = new Logins(house.Store.Store, new Passwords(iterations: 2), new FailureBrake(house.Clock), house.Clock);

        var race = Enumerable.Range(0, AtOnce).Select(_ => Task.Run(() => logins.LogInAsync(new LoginName(house.AliceId, "", "", ""), Password, LoginScope.None, Origin.Of(default), None)));

        Assert.Equal(Enumerable.Repeat("", AtOnce), (await Task.WhenAll(race)).Select(issued => issued.IsRefused(out var refusal) ? refusal.Message : ""));
    }

    [Theory, EveryDistance]
    public async Task A_password_that_changes_while_it_is_checked_gives_no_token(Engine engine, int delay)
    {
        await using var house = await House.OpenAsync(engine, delay);
        var race = Enumerable.Range(0, 8).Select(_ => Task.Run(() => house.TryTokenAsync(new LoginName(house.AliceId, "", "", ""), Password))).ToList();
        await house.Accounts.ResetPasswordAsync("alice-co", "alice", "another horse", endsKeys: false, None);
        foreach (var token in await Task.WhenAll(race))
        {
            Assert.True(token is null || !await house.IsGoodAsync(token));
        }
    }

    [Theory, EveryEngine]
    public async Task Expired_tokens_are_dropped_by_a_later_login(Engine engine)
    {
        await using var house = await House.OpenAsync(engine);
        await house.LogInAsync();
        house.Clock.Advance(TimeSpan.FromHours(12));
        await house.LogInAsync();
        house.Clock.Advance(TimeSpan.FromHours(12));
        await house.LogInAsync();

        Assert.Equal(2, await house.Store.Store.ReadAsync(session => session.CountAsync("SELECT count(*) FROM tokens"), None));
    }

    [Theory, EveryEngine]
    public async Task The_store_keeps_neither_tokens_nor_passwords(Engine engine)
    {
        await using var house = await House.OpenAsync(engine);
        var token = await house.LogInAsync();
        var kept = await house.Store.Store.ReadAsync(
            session => session.QueryAsync("SELECT hash FROM tokens UNION ALL SELECT password_hash FROM users", row => row.GetString(0)), None);
        Assert.All(kept, text => Assert.False(text.Contains(token, StringComparison.Ordinal) || text.Contains(Password, StringComparison.Ordinal)));
        Assert.Contains(Secrets.HashOfToken(token), kept);
    }

    [Theory]
    [InlineData("")]
    [InlineData(" padded")]
    [InlineData("line\nbreak")]
    [InlineData("nul\0")]
    [InlineData("half\ud800")]
    [InlineData("12345678901234567890123456789012345678901234567890123456789012345")]
    public async Task A_name_that_is_none_is_refused(string name)
    {
        await using var house = await House.OpenAsync(Engine.Sqlite);
        Assert.True((await house.Accounts.CreateAsync(name, None)).IsRefused(out var refusal));
        Assert.Equal(400, refusal.Status);
        Assert.True((await house.Accounts.CreateUserAsync("alice-co", name, Role.Admin, null, None)).IsRefused(out _));
        Assert.True((await house.Accounts.CreateProjectAsync("alice-co", name, None)).IsRefused(out _));
        Assert.Equal(401, (await house.TryAsync(new LoginName("", name, "", "alice-co"), Password))!.Status);
    }

    [Theory, EveryEngine]
    public async Task Names_are_taken_once_per_account(Engine engine)
    {
        await using var house = await House.OpenAsync(engine);
        Assert.True((await house.Accounts.CreateAsync("alice-co", None)).IsRefused(out var refusal));
        Assert.Equal(409, refusal.Status);
        Assert.True((await house.Accounts.CreateUserAsync("alice-co", "alice", Role.Admin, null, None)).IsRefused(out _));
        Assert.True((await house.Accounts.CreateProjectAsync("alice-co", Project, None)).IsRefused(out _));

        Assert.False((await house.Accounts.CreateAsync("bob-co", None)).IsRefused(out _));
        Assert.False((await house.Accounts.CreateUserAsync("bob-co", "alice", Role.Admin, null, None)).IsRefused(out _));
        Assert.False((await house.Accounts.CreateProjectAsync("bob-co", Project, None)).IsRefused(out _));
    }

    private sealed class House : IAsyncDisposable
    {
        private readonly Passwords passwords = new(iterations: 1);

        private House(TestStore store)
        {
            Store = store;
            Accounts = new Accounts(store.Store, passwords, Clock);
            Logins = new Logins(store.Store, passwords, new FailureBrake(Clock), Clock);
        }

        public TestStore Store { get; }

        public FakeClock Clock { get; } = new();

        public Accounts Accounts { get; }

        public Logins Logins { get; }

        public string AliceId { get; private set; } = "";

        public static async Task<House> OpenAsync(Engine engine, int? delay = null)
        {
            var house = new House(await TestStore.CreateAsync(engine, delay));
            await house.Accounts.CreateAsync("alice-co", None);
            await house.Accounts.CreateProjectAsync("alice-co", Project, None);
            Assert.False((await house.Accounts.CreateUserAsync("alice-co", "alice", Role.Admin, Password, None)).IsRefused(out _, out var alice));
            house.AliceId = alice.Entry.Id;
            house.Clock.Advance(TimeSpan.FromSeconds(1));
            await house.Accounts.CreateUserAsync("alice-co", "bob", Role.Admin, Password, None);
            return house;
        }

        public async Task<string> LogInAsync(string user = "alice") =>
            await TryTokenAsync(new LoginName("", user, "", "alice-co"), Password) ?? throw new InvalidOperationException("refused");

        public async Task<string?> TryTokenAsync(LoginName name, string password) =>
            (await LogInAsync(name, password)).IsRefused(out _, out var issued) ? null : issued.Text.Reveal();

        public async Task<Refusal?> TryAsync(LoginName name, string password) =>
            (await LogInAsync(name, password)).IsRefused(out var refusal) ? refusal : null;

        public async Task<string> NameOfAsync(LoginName name)
        {
            Assert.False((await LogInAsync(name, Password)).IsRefused(out _, out var issued));
            return issued.Entry.Principal.UserName;
        }

        public async Task<bool> IsGoodAsync(string token)
        {
            var doors = new Doors(Store.Store, new FailureBrake(Clock), Clock, new CallersClock(Clock));
            var headers = new HeaderDictionary { ["X-Auth-Token"] = token };
            var credentials = new Credentials("GET", "/", "", headers, () => throw new InvalidOperationException(), default);
            return !(await doors.AuthenticateAsync(credentials, None)).IsRefused(out _);
        }

        public async Task RevokeAsync(string token)
        {
            var principal = new Principal(await AccountIdAsync(), "alice-co", AliceId, "alice", Role.Reader, Scope: null, IsUnbound: false);
            Assert.False((await Logins.RevokeAsync(principal, token, None)).IsRefused(out _));
        }

        public ValueTask DisposeAsync() => Store.DisposeAsync();

        private async Task<string> AccountIdAsync()
        {
            Assert.False((await Accounts.FindAsync("alice-co", None)).IsRefused(out _, out var account));
            return account.Id;
        }

        private Task<Result<IssuedToken>> LogInAsync(LoginName name, string password) =>
            Logins.LogInAsync(name, password, new LoginScope("", Project, "", ""), Origin.Of(NetworkPrefix.Of(IPAddress.Parse("192.0.2.1"))), None);
    }
}
