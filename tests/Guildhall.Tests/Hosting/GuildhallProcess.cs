using System.Diagnostics;
using System.Text;
using System.Text.RegularExpressions;

namespace Guildhall.Tests.Hosting;

/// <summary>The built program as a process of its own, with what it writes.</summary>
public sealed class GuildhallProcess : IAsyncDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private readonly Process process;
    private readonly StringBuilder output = new();
    private readonly StringBuilder error = new();

    private GuildhallProcess(Process process)
    {
        this.process = process;
        process.OutputDataReceived += (_, line) => Append(output, line.Data);
        process.ErrorDataReceived += (_, line) => Append(error, line.Data);
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
    }

    public string Output => TextOf(output);

    public string Error => TextOf(error);

    /// <summary>In the environment: the most heap that the runtime allows itself with what deploy/guildhall.service allows the service.</summary>
    public static (string Name, string Value) DeployedHeap { get; } = ("DOTNET_GCHeapHardLimit", $"0x{512L * 1024 * 1024 * 3 / 4:x}");

    public bool HasExited => process.HasExited;

    public static GuildhallProcess Start(params string[] arguments) => Start([], arguments);

    /// <param name="environment">Beside that of the tests.</param>
    public static GuildhallProcess Start((string Name, string Value)[] environment, string[] arguments)
    {
        var start = new ProcessStartInfo(Path.Combine(AppContext.BaseDirectory, OperatingSystem.IsWindows() ? "guildhall.exe" : "guildhall"), arguments)
        {
            UseShellExecute = false,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        foreach (var quota in (string[])["INVITATIONS_PER_DAY", "WRITES_PER_HOUR"])
        {
            start.Environment["GUILDHALL_LIMITS__" + quota] = "0"; // tests do in seconds what nobody does in a day
        }

        if (arguments.Any(argument => argument.StartsWith("Host=", StringComparison.Ordinal)))
        {
            start.Environment["GUILDHALL_STORE__KEY_FILE"] = TestKeys.File;
        }

        foreach (var (name, value) in environment)
        {
            start.Environment[name] = value;
        }

        return new GuildhallProcess(Process.Start(start)!);
    }

    /// <summary>Runs a command to its end.</summary>
    public static async Task<(int ExitCode, string Output, string Error)> RunAsync(params string[] arguments)
    {
        await using var command = Start(arguments);
        var exitCode = await command.ExitAsync();
        return (exitCode, command.Output, command.Error);
    }

    /// <summary>Starts a server, and answers with it and its address once it says that it listens.</summary>
    public static Task<(GuildhallProcess Server, Uri Address)> StartServerAsync(params string[] arguments) => StartServerAsync([], arguments);

    /// <summary>The same with more in its environment.</summary>
    public static async Task<(GuildhallProcess Server, Uri Address)> StartServerAsync((string Name, string Value)[] environment, string[] arguments)
    {
        var server = Start(environment, arguments);
        var address = await server.WaitForAsync(@"(?:listens|is ready) at (https?://[\d.:]+)");
        return (server, new Uri(address));
    }

    /// <summary>Waits for output that matches; answers with the pattern's first group.</summary>
    public async Task<string> WaitForAsync(string pattern)
    {
        for (var waited = Stopwatch.StartNew(); waited.Elapsed < Patience; await Task.Delay(20))
        {
            if (Regex.Match(Output, pattern, RegexOptions.None, Patience) is { Success: true } match)
            {
                return match.Groups[1].Value;
            }

            Assert.False(process.HasExited, $"It ended early.\n{Output}\n{Error}");
        }

        throw new TimeoutException($"Nothing matched {pattern} in:\n{Output}\n{Error}");
    }

    /// <summary>Asks the process to end, as a supervisor does.</summary>
    public void Terminate() => Process.Start("sh", ["-c", $"kill -TERM {process.Id}"]).WaitForExit();

    /// <summary>Ends the process as a power cut would.</summary>
    public async Task KillAsync()
    {
        process.Kill();
        await ExitAsync();
    }

    public async Task<int> ExitAsync()
    {
        using var patience = new CancellationTokenSource(Patience);
        await process.WaitForExitAsync(patience.Token);
        return process.ExitCode;
    }

    public async ValueTask DisposeAsync()
    {
        if (!process.HasExited)
        {
            await KillAsync();
        }

        process.Dispose();
    }

    private static void Append(StringBuilder text, string? line)
    {
        lock (text)
        {
            text.AppendLine(line);
        }
    }

    private static string TextOf(StringBuilder text)
    {
        lock (text)
        {
            return text.ToString().Trim();
        }
    }
}
