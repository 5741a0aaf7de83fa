using System.Diagnostics;
using System.Text;

namespace Guildhall.Tests.Fabric;

/// <summary>A program of Fabric that runs until it is disposed of.</summary>
internal sealed class FabricProcess : IAsyncDisposable
{
    /// <summary>Runs a program until it ends or standard input does, so that it does not outlive a test run that is killed.</summary>
    private const string Leashed = """exec 3<&0; "$0" "$@" & child=$!; (cat <&3 >/dev/null; kill -9 $child 2>/dev/null) & wait $child""";

    private readonly Process process;
    private readonly StringBuilder log = new();
    private readonly TaskCompletionSource ready = new(TaskCreationOptions.RunContinuationsAsynchronously);

    private FabricProcess(Process process) => this.process = process;

    public static Process Create(string program, IEnumerable<string> arguments, string home, IReadOnlyDictionary<string, string> settings)
    {
        var start = new ProcessStartInfo(program, arguments) { WorkingDirectory = home, RedirectStandardOutput = true, RedirectStandardError = true, UseShellExecute = false };
        foreach (var (name, value) in settings)
        {
            start.Environment[name] = value;
        }

        return new Process { StartInfo = start, EnableRaisingEvents = true };
    }

    /// <param name="sign">What the program logs once it serves.</param>
    public static async Task<FabricProcess> StartAsync(
        string program, IEnumerable<string> arguments, string home, IReadOnlyDictionary<string, string> settings, string sign, TimeSpan limit)
    {
        var started = new FabricProcess(Create("sh", ["-c", Leashed, program, .. arguments], home, settings));
        started.process.StartInfo.RedirectStandardInput = true;
        started.process.OutputDataReceived += (_, line) => started.Take(line.Data, sign);
        started.process.ErrorDataReceived += (_, line) => started.Take(line.Data, sign);
        started.process.Exited += (_, _) => started.ready.TrySetException(new InvalidOperationException($"{program} ended:\n{started.Log}"));
        started.process.Start();
        started.process.BeginOutputReadLine();
        started.process.BeginErrorReadLine();
        try
        {
            await started.ready.Task.WaitAsync(limit);
            return started;
        }
        catch (TimeoutException problem)
        {
            await started.DisposeAsync();
            throw new TimeoutException($"{program} did not serve in {limit}:\n{started.Log}", problem);
        }
    }

    public string Log
    {
        get
        {
            lock (log)
            {
                return log.ToString();
            }
        }
    }

    public async ValueTask DisposeAsync()
    {
        ready.TrySetResult();
        process.StandardInput.Close();
        await process.WaitForExitAsync();
        process.Dispose();
    }

    private void Take(string? line, string sign)
    {
        lock (log)
        {
            log.AppendLine(line);
        }

        if (line?.Contains(sign, StringComparison.Ordinal) == true)
        {
            ready.TrySetResult();
        }
    }
}
