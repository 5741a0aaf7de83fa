using System.CommandLine;
using Guildhall.Demo;
using Guildhall.Logging;

namespace Guildhall.Cli;

/// <summary><c>guildhall demo</c>: a Guildhall to try, with tenants in it and a session to copy from.</summary>
internal static class DemoCommand
{
    private static readonly Option<string> Urls = new("--urls")
    {
        Description = "Where to listen, on this machine only; port 0 takes a free one.",
        HelpName = "http://127.0.0.1:8080",
        DefaultValueFactory = _ => "http://127.0.0.1:8080",
    };

    private static readonly Option<string> Data = new("--data")
    {
        Description = "The folder that holds the store and demo.json; created when it is missing.",
        HelpName = "FOLDER",
        DefaultValueFactory = _ => "guildhall-data",
    };

    public static Command Create()
    {
        var command = new Command("demo", "Try Guildhall: three tenants, emulated channels, and a session to copy from. Loopback only.") { Urls, Data };
        command.SetAction((parsed, cancellationToken) =>
            RunAsync(parsed.GetRequiredValue(Urls), parsed.GetRequiredValue(Data), parsed.InvocationConfiguration.Output, cancellationToken));
        return command;
    }

    private static async Task<int> RunAsync(string urls, string folder, TextWriter console, CancellationToken cancellationToken)
    {
        await using var output = System.Console.OpenStandardOutput();
        using var log = new LineLog(output, new PlainLines(), TimeProvider.System);
        await using var demo = await DemoServer.StartAsync(folder, urls, log, cancellationToken);
        await console.WriteLineAsync(
            $"""
            {DemoSession.Of(demo.File)}

            # The same names and secrets, for scripts: {Path.GetFullPath(Path.Combine(folder, "demo.json"))}
            # Every operation, to read and to try: {demo.File.Endpoint}/docs
            {DemoSession.ConsoleOf(demo.File)}
            # Guildhall {About.Version} is ready at {demo.File.Endpoint}; Ctrl+C stops it.
            """.AsMemory(), cancellationToken);
        await console.FlushAsync(cancellationToken);
        await demo.App.WaitForShutdownAsync(cancellationToken);
        return 0;
    }
}
