using System.ComponentModel;
using System.Diagnostics;
using System.Text;

namespace Guildhall.Programs;

/// <summary>A program of the operator's that is started for one task, without a shell: bytes on its standard input, bytes on its standard output.</summary>
public sealed class ExternalProgram(string path, ProgramEnvironment environment)
{
    /// <summary>How long the program may take.</summary>
    public static readonly TimeSpan Limit = TimeSpan.FromSeconds(30);

    private const int MaxOutput = 4096;
    private const int MaxComplaint = 400;

    /// <summary>The beginning of what the program writes, once it has ended with 0.</summary>
    /// <param name="failure">Makes the exception of what went wrong, which is told as the end of a sentence about the program.</param>
    public async Task<byte[]> RunAsync(string argument, ReadOnlyMemory<byte> input, Func<string, OperatorException> failure, CancellationToken cancellationToken)
    {
        using var process = new Process { StartInfo = Start(argument) };
        using var time = new CancellationTokenSource(Limit);
        using var both = CancellationTokenSource.CreateLinkedTokenSource(time.Token, cancellationToken);
        try
        {
            process.Start();
        }
        catch (Exception problem) when (problem is Win32Exception or InvalidOperationException)
        {
            throw failure($"cannot be started: {problem.Message}");
        }

        try
        {
            var output = ReadAsync(process.StandardOutput.BaseStream, both.Token);
            var complaint = ReadAsync(process.StandardError.BaseStream, both.Token);
            await WriteAsync(process.StandardInput.BaseStream, input, both.Token);
            await Task.WhenAll(output, complaint, process.WaitForExitAsync(both.Token));
            return process.ExitCode == 0 ? await output : throw failure($"ended with {process.ExitCode}{Said(await complaint)}");
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            throw failure($"took longer than {Limit.TotalSeconds} seconds");
        }
        finally
        {
            if (!process.HasExited)
            {
                process.Kill(entireProcessTree: true);
                await process.WaitForExitAsync(CancellationToken.None);
            }
        }
    }

    private ProcessStartInfo Start(string argument)
    {
        var start = new ProcessStartInfo(path, [argument]) { UseShellExecute = false, RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true };
        environment.Apply(start);
        return start;
    }

    private static async Task WriteAsync(Stream input, ReadOnlyMemory<byte> message, CancellationToken cancellationToken)
    {
        try
        {
            await using (input)
            {
                await input.WriteAsync(message, cancellationToken);
            }
        }
        catch (IOException)
        {
            // It ended before it had read all. Its exit code and its words tell more than the broken pipe.
        }
    }

    /// <summary>Reads all, and keeps the beginning.</summary>
    private static async Task<byte[]> ReadAsync(Stream stream, CancellationToken cancellationToken)
    {
        var (kept, length) = (new byte[MaxOutput], 0);
        var rest = new byte[MaxOutput];
        int read;
        while ((read = await stream.ReadAsync(length < kept.Length ? kept.AsMemory(length) : rest, cancellationToken)) > 0)
        {
            length = Math.Min(kept.Length, length + read);
        }

        var output = kept[..length];
        Array.Clear(kept); // a key may be in it
        return output;
    }

    private static string Said(byte[] complaint)
    {
        var text = Encoding.UTF8.GetString(complaint).ReplaceLineEndings(" ").Trim();
        return text.Length == 0 ? " and said nothing" : $": {(text.Length <= MaxComplaint ? text : text[..MaxComplaint] + "…")}";
    }
}
