using System.Diagnostics.CodeAnalysis;
using Xunit.Runner.InProc.SystemConsole;

namespace Guildhall.Tests.Fuzzing;

/// <summary>The tests' own program, which can also be the fuzzer and its workers.</summary>
[ExcludeFromCodeCoverage]
internal static class Program
{
    public static Task<int> Main(string[] arguments) => arguments is [Fuzzer.Command, .. var what] ? Fuzzer.RunAsync(what)
        : arguments is [FuzzWorker.Command, .. var work] ? Task.FromResult(FuzzWorker.Run(work))
        : ConsoleRunner.Run(arguments);
}
