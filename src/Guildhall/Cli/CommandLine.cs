using System.CommandLine;

namespace Guildhall.Cli;

/// <summary>Runs a command. What the operator can put right is one message on stderr and exit code 1; a bug keeps its stack trace.</summary>
internal static class CommandLine
{
    public static async Task<int> RunAsync(this RootCommand root, string[] arguments)
    {
        // Servers end by themselves on SIGTERM; the parser's two seconds of grace would cut their requests off.
        var invocation = new InvocationConfiguration { EnableDefaultExceptionHandler = false, ProcessTerminationTimeout = null };
        try
        {
            return await root.Parse(arguments).InvokeAsync(invocation);
        }
        catch (OperatorException exception)
        {
            await System.Console.Error.WriteLineAsync(exception.Message);
            return 1;
        }
    }
}
