using System.Diagnostics;
using System.Text;

namespace Guildhall.Tests.Fabric;

/// <summary>A program of Fabric that runs until it is disposed of.</summary>
internal sealed class FabricProcess : IAsyncDisposable
{
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
        var started = new FabricProcess(Create(program, arguments, home, settings));
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
        if (!process.HasExited)
        {
            process.Kill();
            await process.WaitForExitAsync();
        }

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
