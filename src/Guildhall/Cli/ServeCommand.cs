using System.CommandLine;
using Guildhall.Hosting;
using Guildhall.Logging;
using Guildhall.Outbox;
using Guildhall.Storage;

namespace Guildhall.Cli;

/// <summary><c>guildhall serve</c>: the real register, by explicit configuration.</summary>
internal static class ServeCommand
{
    private static readonly Option<FileInfo?> Config = new("--config") { Description = "A configuration file (JSON). The environment wins over it (log_level there is GUILDHALL_LOG_LEVEL, limits.basic.members GUILDHALL_LIMITS__BASIC__MEMBERS), the command line over both.", HelpName = "FILE" };
    private static readonly Option<bool> Check = new("--check") { Description = "Only validate the configuration." };

    public static Command Create()
    {
        var command = new Command(
            "serve",
            "Run the register, by explicit configuration: from a file, the environment and the command line; a later one wins.") { Config, Check };
        var options = Setting.All.ToDictionary(
            setting => setting.Option, setting => new Option<string?>(setting.Option) { Description = setting.Meaning, HelpName = setting.Example });
        foreach (var option in options.Values)
        {
            command.Add(option);
        }

        command.SetAction((parsed, cancellationToken) =>
        {
            var settings = ServeSettings.Read(
                parsed.GetValue(Config)?.FullName, Environment.GetEnvironmentVariable, name => parsed.GetValue(options[name]));
            return parsed.GetValue(Check) ? SayAsync(parsed, "The configuration is valid.") : RunAsync(settings, cancellationToken);
        });
        return command;
    }

    private static async Task<int> RunAsync(ServeSettings settings, CancellationToken cancellationToken)
    {
        await using var opened = await OpenStore.OpenAsync(settings.Store, settings.Keys, cancellationToken);
        await using var output = System.Console.OpenStandardOutput();
        using var log = new LineLog(output, new JsonLines(), TimeProvider.System);
        using var tracing = Tracing.Start(settings.Tracing);
        await using var app = await GuildhallServer.BuildAsync(
            settings.Server, opened.Store, TimeProvider.System,
            settings.Network == NetworkKind.Emulated ? new EmulatedNetwork(TimeProvider.System) : new RegisterOnlyNetwork(),
            builder =>
            {
                builder.UseGuildhallHost(settings.Server, log, settings.LogLevel);
                if (settings.Network == NetworkKind.Fabric)
                {
                    builder.Services.AddSingleton<IChannelNetwork>(services => services.GetRequiredService<FabricNetwork>());
                    builder.Services.AddHostedService(services => services.GetRequiredService<Watcher>());
                }
            },
            cancellationToken);
        var addresses = await app.ListenAsync(cancellationToken);
        app.Services.GetRequiredService<ILoggerFactory>().CreateLogger("Guildhall").LogInformation(
            "Guildhall {Version} listens at {Addresses}; the store is {Engine}, schema {Schema}; {Network}",
            About.Version, string.Join(" and ", addresses), opened.Store.Dialect.Name, Migrator.Newest, InWords(settings.Network));
        await app.WaitForShutdownAsync(cancellationToken);
        return 0;
    }

    private static string InWords(NetworkKind network) => network switch
    {
        NetworkKind.Fabric => "memberships are made true on channels of Fabric",
        NetworkKind.Emulated => "channels are emulated, and no real one is touched",
        _ => "no channel is touched",
    };

    private static async Task<int> SayAsync(ParseResult parsed, string text)
    {
        await parsed.InvocationConfiguration.Output.WriteLineAsync(text);
        return 0;
    }
}
