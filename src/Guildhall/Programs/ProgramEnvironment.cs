using System.Collections.Immutable;
using System.Diagnostics;

namespace Guildhall.Programs;

/// <summary>What a program of the operator's is handed of Guildhall's environment: the variables that are named, and no other.</summary>
/// <param name="Names">Beside <see cref="Always"/>; one that ends with an asterisk names all that begin so.</param>
public sealed record ProgramEnvironment(ImmutableArray<string> Names)
{
    /// <summary>What programs cannot do without, and what holds no secret.</summary>
    public static readonly ImmutableArray<string> Always = ["PATH", "HOME", "LANG", "LC_ALL", "TZ", "TMPDIR"];

    /// <summary>For a signing program where the operator names nothing.</summary>
    public static readonly ProgramEnvironment OfSigner = new(["PKCS11_*", "SOFTHSM2_CONF", "GUILDHALL_SIGNER_*"]);

    /// <summary>For a program that holds the store's key, where the operator names nothing.</summary>
    public static readonly ProgramEnvironment OfKeyProgram = new(["GUILDHALL_KEY_PROGRAM_*"]);

    public bool Contains(string variable) => Always.Contains(variable) || Names.Any(name => name.EndsWith('*')
        ? variable.StartsWith(name[..^1], StringComparison.Ordinal)
        : variable == name);

    internal void Apply(ProcessStartInfo start)
    {
        foreach (var other in start.Environment.Keys.Where(name => !Contains(name)).ToArray())
        {
            start.Environment.Remove(other);
        }
    }
}
