using Guildhall.Hosting;
using Guildhall.Identity;
using Guildhall.Logging;
using Guildhall.Outbox;
using Guildhall.Storage;

namespace Guildhall.Demo;

/// <summary>A Guildhall to try: loopback only, SQLite in a folder, three tenants, emulated channels, a clock that can be moved.</summary>
internal sealed class DemoServer : IAsyncDisposable
{
    /// <summary>Few: the passwords lie in demo.json beside the store, so that making them dear to guess would only delay the start.</summary>
    private const int PasswordIterations = 1_000;

    /// <summary>Everybody comes from this machine, test suites with all their connections: one address may have them all.</summary>
    private static readonly LoadLimits Unshared = new() { ConnectionsPerAddress = new LoadLimits().Connections, RequestsPerAddress = new LoadLimits().Connections };

    private readonly OpenStore storage;

    private DemoServer(OpenStore storage, WebApplication app, DemoFile file) => (this.storage, App, File) = (storage, app, file);

    public WebApplication App { get; }

    /// <summary>What is in <c>demo.json</c>.</summary>
    public DemoFile File { get; }

    /// <summary>Starts to serve; <c>demo.json</c> is written by then.</summary>
    /// <exception cref="OperatorException">The addresses or the folder will not do.</exception>
    public static async Task<DemoServer> StartAsync(string folder, string urls, LineLog log, CancellationToken cancellationToken)
    {
        var settings = new ServerSettings { Urls = ListenAddresses.Split(urls), Load = Unshared };
        LoopbackOnly.Insist(settings.Urls);
        CreateFolder(folder);
        var opened = await OpenStore.OpenAsync(Path.Combine(folder, "guildhall.db"), cancellationToken);
        WebApplication? app = null;
        try
        {
            app = await BuildAsync(settings, opened.Store, log, cancellationToken);
            var file = await StartAsync(app, settings, Path.Combine(folder, "demo.json"), cancellationToken);
            return new DemoServer(opened, app, file);
        }
        catch
        {
            await (app?.DisposeAsync() ?? ValueTask.CompletedTask);
            await opened.DisposeAsync();
            throw;
        }
    }

    public async ValueTask DisposeAsync()
    {
        await App.DisposeAsync();
        await storage.DisposeAsync();
    }

    private static async Task<WebApplication> BuildAsync(ServerSettings settings, Store store, LineLog log, CancellationToken cancellationToken)
    {
        var clock = await DemoClock.OpenAsync(store, cancellationToken);
        var channels = new EmulatedNetwork(clock);
        var network = new DemoNetwork(store, channels, clock);
        await network.LoadAsync(cancellationToken);
        var app = await GuildhallServer.BuildAsync(
            settings, store, clock, channels,
            builder =>
            {
                builder.UseGuildhallHost(settings, log, LogLevel.Information);
                builder.Services.AddSingleton(clock).AddSingleton(network).AddSingleton<DemoSeed>();
                builder.Services.AddSingleton<DemoConsole>().AddSingleton(services => services.GetRequiredService<DemoConsole>().Bar);
                builder.Services.AddSingleton(new CallersClock(TimeProvider.System));
                builder.Services.AddSingleton(_ => new Passwords(PasswordIterations));
            },
            cancellationToken);
        app.Use(next => context => LoopbackOnly.RefuseForeignHosts(context, next));
        app.MapDemo();
        return app;
    }

    /// <remarks>With a fixed port the file is written before anything answers there; a free port is known only afterwards.</remarks>
    private static async Task<DemoFile> StartAsync(WebApplication app, ServerSettings settings, string path, CancellationToken cancellationToken)
    {
        var tenants = await app.Services.GetRequiredService<DemoSeed>().TenantsAsync(DemoFile.Read(path), cancellationToken);
        var file = new DemoFile(settings.Urls[0].TrimEnd('/'), tenants);
        file.Write(path);
        app.Services.GetRequiredService<DemoConsole>().Tenants = tenants;
        file = file with { Endpoint = (await app.ListenAsync(cancellationToken))[0].TrimEnd('/') };
        file.Write(path);
        return file;
    }

    private static void CreateFolder(string folder)
    {
        try
        {
            PrivateFiles.CreateFolder(folder);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new OperatorException($"The folder {folder} cannot be created: {exception.Message} Choose another with --data.");
        }
    }
}
