using System.Net;
using System.Text;
using System.Text.RegularExpressions;
using Guildhall.Api;
using Guildhall.Hosting;
using Guildhall.Identity;
using Guildhall.Tests.Console;

namespace Guildhall.Tests.Identity;

/// <summary>Strangers who sign in by the hundred, guess, and make names up, beside users who want to work. Each comes from an address of its own.</summary>
public sealed partial class HostileSignInTests
{
    private const string Password = "correct horse";
    private const string Office = "198.51.100.1";

    [Theory, EveryEngine]
    public async Task A_flood_of_sign_ins_takes_nobody_else_s_place(Engine engine)
    {
        var passwords = new Passwords(iterations: 1);
        await using var service = await StartAsync(engine, passwords, places: 4);
        await KeystoneTests.AddUserAsync(service, "alice");
        var key = await CreateKeyAsync(service);
        var busy = await BusyHashing.BeginAsync(passwords);
        var flood = new List<Task<Answer>>();
        for (var i = 1; i <= 40; i++)
        {
            flood.Add(SignInAsync(service, $"made-up-{i}", "wrong", "203.0.113.7"));
            await Patience.UntilAsync(() => passwords.Waiting == i && GateOf(service).Taken == 0);
        }

        for (var i = 0; i < 25; i++)
        {
            Assert.Equal(200, (await service.Inviter.GetAsync("members")).Status);
            Assert.Equal(200, await SignedAsync(service, key));
        }

        var alice = SignInAsync(service, "alice", Password, Office);
        await Patience.UntilAsync(() => passwords.Waiting == 41);
        busy.Dispose();
        Assert.Equal(201, (await alice).Status);
        Assert.All(await Task.WhenAll(flood), answer => Assert.Equal(401, answer.Status));
        await Patience.UntilAsync(() => GateOf(service).Taken == 0 && passwords.Waiting == 0);
    }

    [Theory, EveryEngine]
    public async Task Who_waits_for_its_turn_holds_no_place_by_either_way_of_signing_in(Engine engine)
    {
        var passwords = new Passwords(iterations: 1);
        await using var service = await StartAsync(engine, passwords, places: 1);
        await KeystoneTests.AddUserAsync(service, "alice");
        var (key, visitor) = (await CreateKeyAsync(service), new ConsoleVisitor(service));
        await visitor.GetAsync("/console/sign-in");
        var busy = await BusyHashing.BeginAsync(passwords);

        var token = SignInAsync(service, "alice", Password, Office);
        await Patience.UntilAsync(() => passwords.Waiting == 1 && GateOf(service).Taken == 0);
        var session = visitor.SubmitAsync("/console/sign-in", ("account", "harbor-trade"), ("user", "alice"), ("password", Password));
        await Patience.UntilAsync(() => passwords.Waiting == 2 && GateOf(service).Taken == 0);
        Assert.Equal(200, (await service.Inviter.GetAsync("members")).Status);
        Assert.Equal(200, await SignedAsync(service, key));
        busy.Dispose();

        Assert.Equal(201, (await token).Status);
        Assert.Equal(303, await session);
    }

    [Fact]
    public async Task Who_goes_away_while_it_waits_leaves_nothing_behind()
    {
        var passwords = new Passwords(iterations: 1);
        await using var service = await StartAsync(Engine.Sqlite, passwords, places: 1);
        using var busy = await BusyHashing.BeginAsync(passwords);
        using var gone = new CancellationTokenSource();
        var waiting = SignInAsync(service, "alice", Password, Office, gone.Token);
        await Patience.UntilAsync(() => passwords.Waiting == 1);

        await gone.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => waiting);
        await Patience.UntilAsync(() => passwords.Waiting == 0 && GateOf(service).Taken == 0);
    }

    [Theory, EveryEngine]
    public async Task Wrong_passwords_from_elsewhere_do_not_hold_a_user_up_where_it_has_signed_in(Engine engine)
    {
        await using var service = await StartAsync(engine);
        await KeystoneTests.AddUserAsync(service, "alice");
        Assert.Equal(201, (await SignInAsync(service, "alice", Password, Office)).Status);

        for (var i = 0; i < 30; i++)
        {
            for (var guess = 0; guess < 5; guess++)
            {
                await SignInAsync(service, "alice", "wrong", $"203.0.113.{i}");
            }
        }

        Assert.Equal(201, (await SignInAsync(service, "alice", Password, Office)).Status);
        var elsewhere = await SignInAsync(service, "alice", Password, "192.0.2.1");
        Assert.Equal((429, "10"), (elsewhere.Status, elsewhere.RetryAfter)); // slowed, and not locked out
        service.Clock.Advance(TimeSpan.FromSeconds(10));
        Assert.Equal(201, (await SignInAsync(service, "alice", Password, "192.0.2.1")).Status);
    }

    [Fact]
    public async Task Six_wrong_passwords_from_one_address_do_not_hold_a_user_up_at_another()
    {
        await using var service = await StartAsync();
        await KeystoneTests.AddUserAsync(service, "alice");
        for (var i = 0; i < 6; i++)
        {
            await SignInAsync(service, "alice", "wrong", "203.0.113.7");
        }

        Assert.Equal(429, (await SignInAsync(service, "alice", Password, "203.0.113.7")).Status);
        Assert.Equal(201, (await SignInAsync(service, "alice", Password, Office)).Status);
    }

    /// <summary>After a restart, and in another replica, a session or a program that goes on with its token shows where its user is.</summary>
    [Fact]
    public async Task A_token_proves_an_address_too()
    {
        await using var service = await StartAsync();
        await KeystoneTests.AddUserAsync(service, "alice");
        var token = (await SignInAsync(service, "alice", Password, Office)).Token;
        await service.RestartAsync();
        Assert.Equal(200, (await SendAsync(service, HttpMethod.Get, "/v3/auth/projects", Office, token: token)).Status);
        for (var i = 0; i < 150; i++)
        {
            await SignInAsync(service, "alice", "wrong", $"203.0.113.{i}");
        }

        Assert.Equal(429, (await SignInAsync(service, "alice", Password, "192.0.2.1")).Status);
        Assert.Equal(201, (await SignInAsync(service, "alice", Password, Office)).Status);
    }

    /// <summary>Whoever guesses learns nothing from what is answered: not from names, not from ids, not from both.</summary>
    [Theory, EveryEngine]
    public async Task A_user_that_there_is_and_one_that_there_is_not_are_refused_alike(Engine engine)
    {
        await using var service = await StartAsync(engine);
        var alice = new User("alice", await KeystoneTests.AddUserAsync(service, "alice"), "harbor-trade", service.Inviter.AccountId);
        var disabled = new User("bob", await KeystoneTests.AddUserAsync(service, "bob"), "harbor-trade", service.Inviter.AccountId);
        await service.Services.GetRequiredService<Accounts>().SetUserEnabledAsync("harbor-trade", "bob", isEnabled: false, CancellationToken.None);
        var nobody = new User("nobody", Guid.NewGuid().ToString("n"), "harbor-trade", service.Inviter.AccountId);
        var nowhere = new User("nobody", Guid.NewGuid().ToString("n"), "nowhere", Guid.NewGuid().ToString("n"));
        string[] ways =
        [
            "nnnnnnnn", "iiiiiiii", "aaaaaaaa", "ssssssss", "cccccccc",
            "nininini", "nnniiiii", "iiinnnnn", "nananana", "aiaiaiai", "snsnsnsn", "nnnsiacn", "ncncncnc", "icicicic", "acacacac",
        ];
        for (var i = 0; i < ways.Length; i++)
        {
            var told = new List<string>();
            foreach (var user in new[] { alice, disabled, nobody, nowhere })
            {
                var answers = new List<string>();
                foreach (var way in ways[i])
                {
                    answers.Add(await TryAsync(service, way, user, $"10.{told.Count}.0.{i}"));
                }

                told.Add(string.Join('\n', answers));
            }

            Assert.All(told, each => Assert.True(told[0] == each, $"{ways[i]}:\n{told[0]}\n\n{each}"));
            Assert.Equal([401, 401, 401, 401, 401, 429, 429, 429], Statuses().Matches(told[0]).Select(match => int.Parse(match.Value)));
        }
    }

    /// <summary>Of guesses that are sent at once no more are told of than of as many one by one, and the right one among them does not stand out.</summary>
    [Fact]
    public async Task Twenty_guesses_at_once_are_five_guesses()
    {
        var passwords = new Passwords(iterations: 1);
        await using var service = await StartAsync(passwords: passwords);
        await KeystoneTests.AddUserAsync(service, "alice");
        var busy = await BusyHashing.BeginAsync(passwords);
        var wrong = Enumerable.Range(0, 19).Select(_ => SignInAsync(service, "alice", "wrong", "203.0.113.7")).ToList();
        await Patience.UntilAsync(() => passwords.Waiting == 19);
        var right = SignInAsync(service, "alice", Password, "203.0.113.7");
        await Patience.UntilAsync(() => passwords.Waiting == 20);
        busy.Dispose();

        var statuses = (await Task.WhenAll(wrong)).Select(answer => answer.Status).ToList();
        Assert.Equal((5, 14, 429), (statuses.Count(status => status == 401), statuses.Count(status => status == 429), (await right).Status));
    }

    /// <summary>Who sends X-Forwarded-For itself chooses no address: what the last proxy that is trusted saw counts.</summary>
    [Theory]
    [InlineData("203.0.113.7", "203.0.113.7")]
    [InlineData("198.51.100.66, 203.0.113.7", "203.0.113.7")]
    [InlineData("198.51.100.66, 203.0.113.7, 10.9.9.9", "203.0.113.7")]
    [InlineData("10.9.9.9, 203.0.113.7", "203.0.113.7")]
    [InlineData("198.51.100.66, 10.9.9.9, 203.0.113.7, 10.9.9.9", "203.0.113.7")]
    [InlineData("nonsense, 203.0.113.7", "203.0.113.7")]
    [InlineData("198.51.100.66, 203.0.113.7:4711", "203.0.113.7")]
    [InlineData("198.51.100.66, ::ffff:203.0.113.7", "203.0.113.7")]
    [InlineData("198.51.100.66, [2001:db8:1:2:3::4]:4711", "2001:db8:1:2::1")]
    public async Task Nobody_chooses_its_own_address(string forwarded, string counted)
    {
        await using var service = await StartAsync();
        for (var i = 0; i < 5; i++)
        {
            Assert.Equal(401, (await SignInAsync(service, "alice", "wrong", forwarded)).Status);
        }

        Assert.Equal(429, (await SignInAsync(service, "alice", "wrong", counted)).Status);
        Assert.Equal(401, (await SignInAsync(service, "alice", "wrong", "198.51.100.66")).Status);
    }

    private static Task<TestService> StartAsync(Engine engine = Engine.Sqlite, Passwords? passwords = null, int places = 96) => TestService.StartAsync(
        engine,
        settings => settings with
        {
            Load = new LoadLimits { RequestsAtWork = places },
            TrustedProxies = [IPNetwork.Parse("127.0.0.0/8"), IPNetwork.Parse("10.9.0.0/16")],
        },
        services => services.AddSingleton(passwords ?? new Passwords(iterations: 1)));

    private static Gate GateOf(TestService service) => service.Services.GetRequiredService<Gate>();

    private static Task<Answer> SignInAsync(TestService service, string user, string password, string from, CancellationToken cancellationToken = default) =>
        PostAsync(service, $$"""{ "name": "{{user}}", "password": "{{password}}", "domain": { "name": "harbor-trade" } }""", from, cancellationToken);

    private static Task<Answer> PostAsync(TestService service, string user, string from, CancellationToken cancellationToken = default) => SendAsync(
        service, HttpMethod.Post, "/v3/auth/tokens", from,
        $$"""{ "auth": { "identity": { "methods": ["password"], "password": { "user": {{user}} } } } }""", cancellationToken: cancellationToken);

    private static async Task<Answer> SendAsync(
        TestService service, HttpMethod method, string path, string from, string? body = null, string? token = null, CancellationToken cancellationToken = default)
    {
        using var request = new HttpRequestMessage(method, new Uri(service.Address, path));
        request.Headers.Add("X-Forwarded-For", from);
        if (token is not null)
        {
            request.Headers.Add("X-Auth-Token", token);
        }

        if (body is not null)
        {
            request.Content = new StringContent(body, Encoding.UTF8, "application/json");
        }

        using var response = await service.Http.SendAsync(request, cancellationToken);
        var headers = string.Concat(response.Headers.Concat(response.Content.Headers)
            .Where(header => header.Key.ToUpperInvariant() is not ("DATE" or "X-REQUEST-ID" or "X-IAM-TRACE-ID"))
            .Select(header => $"{header.Key}: {string.Join(',', header.Value)}\n"));
        return new Answer((int)response.StatusCode, headers, await response.Content.ReadAsStringAsync(cancellationToken));
    }

    /// <summary>A wrong password in one of the ways to say whose it is: by name, by id, by name and the account's id, the account as itself, and in the console.</summary>
    private static async Task<string> TryAsync(TestService service, char way, User user, string from)
    {
        if (way == 'c')
        {
            return await TryConsoleAsync(service, user, from);
        }

        var answer = await PostAsync(
            service,
            way switch
            {
                'n' => $$"""{ "name": "{{user.Name}}", "password": "wrong", "domain": { "name": "{{user.Account}}" } }""",
                'i' => $$"""{ "id": "{{user.Id}}", "password": "wrong" }""",
                'a' => $$"""{ "name": "{{user.Name}}", "password": "wrong", "domain": { "id": "{{user.AccountId}}" } }""",
                's' => $$"""{ "name": "{{user.Account}}", "password": "wrong", "domain": { "name": "{{user.Account}}" } }""",
                _ => throw new ArgumentOutOfRangeException(nameof(way), way, null),
            },
            from);
        return $"{way}: status {answer.Status}\n{answer.Headers}{answer.Body}";
    }

    private static async Task<string> TryConsoleAsync(TestService service, User user, string from)
    {
        var visitor = new ConsoleVisitor(service);
        (string, string)[] outside = [("X-Forwarded-For", from), ("X-Forwarded-Proto", "https"), ("Host", "guild.example")];
        await visitor.GetAsync("/console/sign-in", outside);
        await visitor.PostAsync("/console/sign-in", [.. visitor.HiddenOf("/console/sign-in"), ("account", user.Account), ("user", user.Name), ("password", "wrong")], outside);
        var page = HiddenValues().Replace(visitor.Page, "").Replace($"value=\"{user.Name}\"", "").Replace($"value=\"{user.Account}\"", "");
        return $"c: status {(int)visitor.Last.StatusCode}\n{page}";
    }

    private static async Task<AccessKey> CreateKeyAsync(TestService service)
    {
        var keys = service.Services.GetRequiredService<AccessKeys>();
        var created = await keys.CreateAsync(Owner.Operator(service.Inviter.AccountId), service.Inviter.UserId, "", CancellationToken.None);
        Assert.False(created.IsRefused(out _, out var key));
        return new AccessKey(key.Entry.AccessKey, key.SecretKey.Reveal());
    }

    private static async Task<int> SignedAsync(TestService service, AccessKey key)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, new Uri(service.Address, $"/v2/{service.Inviter.ProjectId}/members"));
        TestSigner.Sign(request, key.Access, key.Secret, service.Clock.GetUtcNow());
        using var response = await service.Http.SendAsync(request);
        return (int)response.StatusCode;
    }

    [GeneratedRegex("(?<=: status )\\d+", RegexOptions.None, 1000)]
    private static partial Regex Statuses();

    [GeneratedRegex("""(?<=type="hidden" name="[a-z]+" value=")[^"]*""", RegexOptions.None, 1000)]
    private static partial Regex HiddenValues();

    private sealed record User(string Name, string Id, string Account, string AccountId);

    private sealed record AccessKey(string Access, string Secret);

    private sealed record Answer(int Status, string Headers, string Body)
    {
        public string Token => Value("X-Subject-Token");

        public string RetryAfter => Value("Retry-After");

        private string Value(string name) => Headers.Split('\n').FirstOrDefault(line => line.StartsWith(name + ": ", StringComparison.Ordinal))?[(name.Length + 2)..] ?? "";
    }
}
