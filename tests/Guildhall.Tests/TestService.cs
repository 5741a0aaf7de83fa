using System.Security.Cryptography.X509Certificates;
using Guildhall.Api;
using Guildhall.Hosting;
using Guildhall.Identity;
using Guildhall.Outbox;
using Guildhall.Storage;
using Microsoft.Extensions.DependencyInjection.Extensions;

namespace Guildhall.Tests;

/// <summary>A Guildhall on loopback with three tenants: one that invites, and two that can be invited.</summary>
/// <remarks>Its worker runs when <see cref="WorkAsync"/> says so, and its time is <see cref="Clock"/>'s.</remarks>
public sealed class TestService : IAsyncDisposable
{
    private TestStore store;
    private readonly ServerSettings settings;
    private WebApplication app = null!;

    private readonly Action<IServiceCollection>? configure;

    private TestService(TestStore store, ServerSettings settings, Action<IServiceCollection>? configure) =>
        (this.store, this.settings, this.configure, Http) = (store, settings, configure, NewHttp(settings.Certificates?[0].Thumbprint));

    public FakeClock Clock { get; } = new();

    public EmulatedNetwork Network { get; private set; } = null!;

    public HttpClient Http { get; }

    public Uri Address { get; private set; } = null!;

    public Store Store => store.Store;

    /// <summary>The setting that opens the same store.</summary>
    public string StoreSetting => store.Setting;

    /// <inheritdoc cref="TestStore.Way"/>
    public DelayingProxy? WayToStore => store.Way;

    public IServiceProvider Services => app.Services;

    public Person Inviter { get; private set; } = null!;

    public Person Invitee { get; private set; } = null!;

    public Person Third { get; private set; } = null!;

    /// <param name="configure">Puts other parts into the place of the server's own.</param>
    /// <param name="delay">As <see cref="TestStore.CreateAsync"/> takes it.</param>
    public static async Task<TestService> StartAsync(
        Engine engine = Engine.Sqlite, Func<ServerSettings, ServerSettings>? change = null, Action<IServiceCollection>? configure = null, int? delay = null)
    {
        var ordinary = new ServerSettings { Urls = ["http://127.0.0.1:0"] };
        var service = new TestService(await TestStore.CreateAsync(engine, delay), change?.Invoke(ordinary) ?? ordinary, configure);
        service.Inviter = await service.AddPersonAsync("harbor-trade", "harbor", isInvitee: false);
        service.Invitee = await service.AddPersonAsync("north-mill", "mill", isInvitee: true);
        service.Third = await service.AddPersonAsync("south-foundry", "foundry", isInvitee: true);
        await service.StartServerAsync();
        return service;
    }

    /// <summary>Runs whatever the worker has to do now.</summary>
    public Task WorkAsync() => app.Services.GetRequiredService<Worker>().RunDueAsync(CancellationToken.None);

    /// <summary>Stops the server and starts one on the same store, which may be opened with another setting.</summary>
    public async Task RestartAsync(string? setting = null)
    {
        await app.DisposeAsync();
        await store.ReopenAsync(setting);
        await StartServerAsync();
    }

    /// <summary>Stops the server, and starts one on the same store after opening it the way <c>serve</c> does.</summary>
    public async Task ReopenAsServeAsync()
    {
        await app.DisposeAsync();
        await (await OpenStore.OpenAsync(store.Setting, store.Store.Keys, CancellationToken.None)).DisposeAsync();
        await store.ReopenAsync();
        await StartServerAsync();
    }

    /// <summary>Stops the server and starts one on another store, which is disposed with it as the one before is here.</summary>
    public async Task GoOnAsync(TestStore moved)
    {
        await app.DisposeAsync();
        await store.DisposeAsync();
        store = moved;
        await StartServerAsync();
    }

    /// <summary>Invites the person to the inviter's channel, and has it join.</summary>
    public async Task JoinAsync(Person invitee)
    {
        Assert.Equal(200, (await Inviter.InviteAsync(invitee)).Status);
        Assert.Equal(200, (await invitee.AgreeAsync()).Status);
        await WorkAsync();
    }

    public Task<long> CountAsync(string sql) => store.Store.ReadAsync(session => session.CountAsync(sql), CancellationToken.None);

    public Task ExecuteAsync(string sql, params (string Name, object? Value)[] parameters) => store.ExecuteAsync(sql, parameters);

    /// <summary>Accounts that can be invited and do nothing else.</summary>
    public async Task AddAccountsAsync(params string[] names)
    {
        foreach (var name in names)
        {
            await AddAccountAsync(Guid.NewGuid().ToString("n"), name);
        }
    }

    public async Task<Person> AddPersonAsync(string accountName, string serviceName, bool isInvitee)
    {
        var person = new Person(this, accountName, serviceName);
        await AddAccountAsync(person.AccountId, accountName);
        await ExecuteAsync(
            "INSERT INTO projects (account_id, id, name, created_at) VALUES (@account, @id, 'cn-north-4', 0)",
            ("account", person.AccountId), ("id", person.ProjectId));
        await AddUserAsync(person.AccountId, person.UserId, "admin-user", "admin");
        await AddTokenAsync(person.Token, person.AccountId, person.UserId, person.ProjectId);
        await person.AddServiceAsync(serviceName, traits => traits, isInvitee, isInvitee ? [] : ["channel"], becomesMain: true);
        return person;
    }

    public Task AddUserAsync(string accountId, string userId, string name, string role) => ExecuteAsync(
        "INSERT INTO users (account_id, id, name, role, password_hash, created_at) VALUES (@account, @id, @name, @role, '', 0)",
        ("account", accountId), ("id", userId), ("name", name), ("role", role));

    /// <param name="isSession">Whether it is a session of the console, which the API takes too; else a token of the API, which the console does not take.</param>
    public Task AddTokenAsync(string token, string accountId, string userId, string? projectId, TimeSpan? lifetime = null, bool isSession = true) => ExecuteAsync(
        """
        INSERT INTO tokens (hash, account_id, user_id, project_id, is_domain_scoped, is_session, issued_at, expires_at)
        VALUES (@hash, @account, @user, @project, 0, @session, @issued, @expires)
        """,
        ("hash", Convert.ToHexStringLower(System.Security.Cryptography.SHA256.HashData(System.Text.Encoding.UTF8.GetBytes(token)))),
        ("account", accountId), ("user", userId), ("project", projectId), ("session", isSession),
        ("issued", Clock.GetUtcNow()), ("expires", Clock.GetUtcNow() + (lifetime ?? TimeSpan.FromDays(365))));

    public async ValueTask DisposeAsync()
    {
        Http.Dispose();
        await app.DisposeAsync();
        await store.DisposeAsync();
    }

    /// <param name="thumbprint">Of the server's certificate, where it has one.</param>
    private static HttpClient NewHttp(string? thumbprint) => new(new SocketsHttpHandler
    {
        UseCookies = false,
        AllowAutoRedirect = false,
        SslOptions = { RemoteCertificateValidationCallback = (_, shown, _, _) => shown is X509Certificate2 certificate && certificate.Thumbprint == thumbprint },
    });

    private Task AddAccountAsync(string id, string name) => ExecuteAsync(
        "INSERT INTO accounts (id, name, created_at) VALUES (@id, @name, 0)", ("id", id), ("name", name));

    private async Task StartServerAsync()
    {
        Network = new EmulatedNetwork(Clock);
        app = await GuildhallServer.BuildAsync(settings, store.Store, Clock, Network, Ease);
        await app.StartAsync();
        Address = new Uri(app.Urls.Single());
    }

    /// <summary>No worker of its own pace, passwords hashed in no time, and a gate that does not mind the tests beside it, which share the threads.</summary>
    private void Ease(WebApplicationBuilder builder)
    {
        configure?.Invoke(builder.Services);
        builder.Services.RemoveAll<IHostedService>();
        if (builder.Services.All(service => service.ImplementationInstance is not Passwords))
        {
            builder.Services.RemoveAll<Passwords>().AddSingleton(_ => new Passwords(iterations: 1));
        }

        builder.Services.RemoveAll<Gate>().AddSingleton(services => new Gate(services.GetRequiredService<LoadLimits>(), () => 0));
    }
}
