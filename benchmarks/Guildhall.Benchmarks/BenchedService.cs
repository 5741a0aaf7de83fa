using System.Text;
using Guildhall.Hosting;
using Guildhall.Identity;
using Guildhall.Memberships;
using Guildhall.Outbox;
using Guildhall.Services;
using Guildhall.Storage;

namespace Guildhall.Benchmarks;

/// <summary>A Guildhall on a fresh store, a bare endpoint beside it, and the tenants that the workloads use.</summary>
/// <param name="postgres">A server to make the store on; null for a SQLite file.</param>
internal sealed class BenchedService(string? postgres) : IAsyncDisposable
{
    private readonly string schema = "bench_" + Guid.NewGuid().ToString("n");
    private readonly string folder = Directory.CreateTempSubdirectory("guildhall-bench-").FullName;
    private readonly TimeProvider clock = TimeProvider.System;
    private Store store = null!;
    private WebApplication guildhall = null!;
    private WebApplication bare = null!;

    public HttpClient Http { get; } = new(new SocketsHttpHandler { UseCookies = false, MaxConnectionsPerServer = 256 });

    public Uri Bare => new(bare.Urls.Single());

    /// <summary>The engine, and what it does before a write is answered.</summary>
    public string Durability => postgres is null ? "SQLite, WAL, synchronous=FULL" : "PostgreSQL, serializable, synchronous_commit=on";

    /// <summary>How fast the engine itself makes an invitation durable.</summary>
    public Yardstick Durable => postgres is null ? Yardstick.SqliteLoop() : Yardstick.Pgbench(postgres);

    public static async Task<BenchedService> StartAsync(string? postgres)
    {
        var service = new BenchedService(postgres);
        await service.StartServersAsync();
        return service;
    }

    public string NewName() => "bench-" + Guid.NewGuid().ToString("n");

    /// <summary>An account with a project, a user, a token and a service; an inviter's service has the channel <c>channel</c>.</summary>
    public async Task<Tenant> AddTenantAsync(string name, bool isInvitee)
    {
        var accounts = guildhall.Services.GetRequiredService<Accounts>();
        var account = Must(await accounts.CreateAsync(name, default));
        var project = Must(await accounts.CreateProjectAsync(name, "region", default));
        var now = clock.GetUtcNow();
        var tenant = new Tenant(account.Id, name, project.Id, Guid.NewGuid().ToString(), Secrets.NewToken());
        var service = new Service(
            tenant.ServiceId, account.Id, name, project.Id, "service", new Traits("union", "etcdraft", "ECDSA", Edition.Enterprise, "2.2"),
            isInvitee, "goleveldb", "CCE", false, now, null, [new Organization("organization", 1)]);
        var user = Guid.NewGuid().ToString("n");
        await store.WriteAsync<Done>(
            async transaction =>
            {
                await transaction.AddAsync(service, default);
                if (!isInvitee)
                {
                    await transaction.AddAsync(service.Id, new Channel("channel", "", now, []), default);
                }

                await transaction.ExecuteAsync(
                    "INSERT INTO users (account_id, id, name, role, password_hash, created_at) VALUES (@account, @id, 'user', 'admin', '', 0)",
                    [("account", account.Id), ("id", user)]);
                await transaction.ExecuteAsync(
                    "INSERT INTO tokens (hash, account_id, user_id, project_id, is_domain_scoped, issued_at, expires_at) VALUES (@hash, @account, @user, @project, 0, @now, @expires)",
                    [
                        ("hash", Secrets.HashOfToken(tenant.Token)), ("account", account.Id), ("user", user), ("project", project.Id),
                        ("now", now), ("expires", now + TimeSpan.FromDays(1)),
                    ]);
                return new Done();
            },
            default);
        return tenant;
    }

    /// <summary>Accounts that can be invited and do nothing else, by name.</summary>
    public async Task<string[]> AddAccountsAsync(int count)
    {
        var names = Enumerable.Range(0, count).Select(_ => NewName()).ToArray();
        await store.WriteAsync<Done>(
            async transaction =>
            {
                foreach (var name in names)
                {
                    await transaction.ExecuteAsync(
                        "INSERT INTO accounts (id, name, created_at) VALUES (@id, @name, 0)", [("id", Guid.NewGuid().ToString("n")), ("name", name)]);
                }

                return new Done();
            },
            default);
        return names;
    }

    public HttpRequestMessage Request(Tenant tenant, HttpMethod method, string path, string? json = null) => new(
        method, new Uri(new Uri(guildhall.Urls.Single()), $"/v2/{tenant.ProjectId}/{path}"))
    {
        Headers = { { "X-Auth-Token", tenant.Token } },
        Content = json is null ? null : new StringContent(json, Encoding.UTF8, "application/json"),
    };

    public async ValueTask DisposeAsync()
    {
        Http.Dispose();
        await guildhall.DisposeAsync();
        await bare.DisposeAsync();
        await store.DisposeAsync();
        if (postgres is not null)
        {
            await Yardstick.ExecuteAsync(postgres, $"DROP SCHEMA {schema} CASCADE");
        }

        Directory.Delete(folder, recursive: true);
    }

    private async Task StartServersAsync()
    {
        if (postgres is not null)
        {
            await Yardstick.ExecuteAsync(postgres, $"CREATE SCHEMA {schema}");
        }

        store = Store.Open(postgres is null ? Path.Combine(folder, "guildhall.db") : $"{postgres};Search Path={schema};Maximum Pool Size=16");
        await store.MigrateAsync(default);
        var limits = new Limits { Enterprise = new EditionLimits(1_000_000, 4, 2) };
        guildhall = await GuildhallServer.BuildAsync(
            new ServerSettings { Urls = ["http://127.0.0.1:0"], Limits = limits }, store, clock, new RegisterOnlyNetwork());
        await guildhall.StartAsync();

        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore().UseUrls("http://127.0.0.1:0");
        bare = builder.Build();
        bare.Run(async context =>
        {
            var length = int.Parse(context.Request.Query["bytes"].ToString(), System.Globalization.CultureInfo.InvariantCulture);
            await context.Request.Body.CopyToAsync(Stream.Null);
            context.Response.ContentType = "application/json";
            context.Response.ContentLength = length;
            await context.Response.Body.WriteAsync(new byte[length]);
        });
        await bare.StartAsync();
    }

    private static T Must<T>(Result<T> result) =>
        result.IsRefused(out var refusal, out var value) ? throw new InvalidOperationException(refusal.Message) : value;
}

/// <summary>Who sends a request.</summary>
internal sealed record Tenant(string AccountId, string Name, string ProjectId, string ServiceId, string Token);
