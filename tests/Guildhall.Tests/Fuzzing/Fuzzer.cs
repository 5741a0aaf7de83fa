using System.Diagnostics;
using System.Globalization;

namespace Guildhall.Tests.Fuzzing;

/// <summary>Has workers read inputs, and gathers the faults: what ended a worker, took too long, or threw what the target does not say.</summary>
/// <param name="folder">Where inputs are kept that were faults.</param>
internal sealed class Fuzzer(string folder)
{
    public const string Command = "fuzz";

    /// <summary><c>make fuzz</c>: all targets, or those that are named, each for so many minutes.</summary>
    public static async Task<int> RunAsync(string[] arguments)
    {
        var (names, minutes, first, file) = (new List<string>(), 1.0, -1, (string?)null);
        for (var i = 0; i + 1 < arguments.Length; i += 2)
        {
            switch (arguments[i])
            {
                case "--target":
                    names.Add(arguments[i + 1]);
                    break;
                case "--minutes":
                    minutes = double.Parse(arguments[i + 1], CultureInfo.InvariantCulture);
                    break;
                case "--seed":
                    first = int.Parse(arguments[i + 1], CultureInfo.InvariantCulture);
                    break;
                case "--file":
                    file = arguments[i + 1];
                    break;
                default:
                    names.Add("");
                    break;
            }
        }

        var targets = names.Count == 0 ? FuzzTargets.All : [.. FuzzTargets.All.Where(target => names.Contains(target.Name))];
        if (arguments.Length % 2 != 0 || targets.Length < names.Count || (file is not null && targets.Length != 1))
        {
            System.Console.Error.WriteLine($"usage: make fuzz ARGS=\"[--target NAME]… [--minutes M] [--seed FIRST] [--file INPUT]\"\ntargets: {string.Join(", ", FuzzTargets.All.Select(target => target.Name))}");
            return 2;
        }

        var fuzzer = new Fuzzer(Path.Combine(Directory.GetCurrentDirectory(), "artifacts", "fuzz"));
        var faults = 0;
        foreach (var target in targets)
        {
            var found = file is not null
                ? await fuzzer.RunFileAsync(target, file)
                : await fuzzer.RunAsync(target, first >= 0 ? first : Hosting.Dice.NewSeed() / 2, int.MaxValue / 2, TimeSpan.FromMinutes(minutes));
            faults += found.Count;
            System.Console.WriteLine($"{target.Name}: {(found.Count == 0 ? "no fault" : $"{found.Count} kinds of fault")}");
            found.ForEach(fault => System.Console.WriteLine($"  {fault.Input}\n    {fault.Words.Replace("\\n", "\n    ", StringComparison.Ordinal)}"));
        }

        return faults == 0 ? 0 : 1;
    }

    /// <summary>Reads inputs of these seeds; of equal faults the first is kept.</summary>
    public async Task<List<Fault>> RunAsync(FuzzTarget target, int first, int count, TimeSpan time)
    {
        var (found, end, watch) = (new List<Fault>(), first + count, Stopwatch.StartNew());
        for (var seed = first; seed < end && watch.Elapsed < time && found.Count < 20;)
        {
            var state = Path.Combine(Directory.CreateTempSubdirectory("fuzz").FullName, "seed");
            var (exitCode, output, error) = await StartAsync(target.Name, state, $"{seed}", $"{end - seed}", $"{Math.Ceiling((time - watch.Elapsed).TotalSeconds)}");
            var last = File.Exists(state) ? BitConverter.ToInt32(await File.ReadAllBytesAsync(state)) : seed;
            Directory.Delete(Path.GetDirectoryName(state)!, recursive: true);
            foreach (var line in output.Where(line => line.StartsWith("fault ", StringComparison.Ordinal)))
            {
                var parts = line.Split(' ', 3);
                Keep(found, target, int.Parse(parts[1], CultureInfo.InvariantCulture), parts[2]);
            }

            if (exitCode == 0)
            {
                break;
            }

            Keep(found, target, last, output.Contains(FuzzWorker.TooSlow) ? FuzzWorker.TooSlow : $"It ended the process: {string.Join("\\n", error.Take(12))}");
            seed = Math.Max(seed, last + 1);
            if (last < 0)
            {
                break; // an input that is kept is a fault: it is to be mended first
            }
        }

        return found;
    }

    private async Task<List<Fault>> RunFileAsync(FuzzTarget target, string file)
    {
        var (exitCode, output, error) = await StartAsync(target.Name, "-", "--file", Path.GetFullPath(file));
        return exitCode == 0 && !output.Any(line => line.StartsWith("fault ", StringComparison.Ordinal)) ? []
            : [new Fault(file, output.Contains(FuzzWorker.TooSlow) ? FuzzWorker.TooSlow : string.Join("\\n", output.Concat(error).Take(30)))];
    }

    private void Keep(List<Fault> found, FuzzTarget target, int seed, string words)
    {
        if (found.Exists(fault => fault.Kind == new Fault("", words).Kind))
        {
            return;
        }

        Directory.CreateDirectory(folder);
        var input = Path.Combine(folder, $"{target.Name}-{seed}.bin");
        File.WriteAllBytes(input, seed < 0 ? FuzzTargets.Numbered(target, ~seed) : new Mutator(target).Make(seed));
        found.Add(new Fault(input, words));
    }

    private static async Task<(int ExitCode, List<string> Output, List<string> Error)> StartAsync(params string[] arguments)
    {
        var start = new ProcessStartInfo("dotnet", [typeof(Fuzzer).Assembly.Location, FuzzWorker.Command, .. arguments])
        {
            UseShellExecute = false,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            Environment = { ["DOTNET_GCHeapHardLimit"] = FuzzWorker.HeapLimit, ["DOTNET_gcServer"] = "0", ["DOTNET_gcConcurrent"] = "0", ["DOTNET_DbgEnableMiniDump"] = "0" },
        };
        using var worker = Process.Start(start)!;
        var (output, error) = (LinesAsync(worker.StandardOutput), LinesAsync(worker.StandardError));
        await worker.WaitForExitAsync(CancellationToken.None);
        return (worker.ExitCode, await output, await error);
    }

    private static async Task<List<string>> LinesAsync(StreamReader from)
    {
        var lines = new List<string>();
        while (await from.ReadLineAsync() is { } line)
        {
            if (lines.Count < 1000)
            {
                lines.Add(line);
            }
        }

        return lines;
    }
}

/// <param name="Input">The file in which the input is kept.</param>
/// <param name="Words">What happened; lines are parted by \n.</param>
internal sealed record Fault(string Input, string Words)
{
    /// <summary>Equal for faults at the same place.</summary>
    public string Kind => string.Join("\\n", Words.Split("\\n").Where((line, i) => i == 0 || line.Contains("Guildhall", StringComparison.Ordinal)).Select((line, i) => i == 0 ? line.Split(':')[0] : line).Take(3));
}
