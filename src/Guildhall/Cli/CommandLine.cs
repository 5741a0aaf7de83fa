using System.CommandLine;

namespace Guildhall.Cli;

/// <summary>Runs a command. What the operator can put right is one message on stderr and exit code 1; a bug keeps its stack trace.</summary>
internal static class CommandLine
{
    /// <param name="output">Standard output, and standard error behind it, where they are not the process's own.</param>
    public static async Task<int> RunAsync(this RootCommand root, string[] arguments, TextWriter? output = null, TextWriter? error = null)
    {
        // Servers end by themselves on SIGTERM; the parser's two seconds of grace would cut their requests off.
        await using var printed = new PrintableWriter(output ?? System.Console.Out);
        await using var complaints = new PrintableWriter(error ?? System.Console.Error);
        var invocation = new InvocationConfiguration { EnableDefaultExceptionHandler = false, ProcessTerminationTimeout = null, Output = printed, Error = complaints };
        try
        {
            return await root.Parse(arguments).InvokeAsync(invocation);
        }
        catch (OperatorException exception)
        {
            await complaints.WriteLineAsync(exception.Message);
            return 1;
        }
    }
}
