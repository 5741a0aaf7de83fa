using System.Security.Cryptography;
using Guildhall.Programs;

namespace Guildhall.Sealing;

/// <summary>A program of the operator's that keeps the store's key wrapped, in front of a KMS or a vault. docs/operating.md has its contract.</summary>
public sealed class KeyProgram(string path, ProgramEnvironment environment)
{
    private readonly ExternalProgram program = new(path, environment);

    /// <summary>What the program makes of the key. It is for nobody else to read, and opened again by <see cref="UnwrapAsync"/>.</summary>
    /// <exception cref="OperatorException">It failed; the message says what it said.</exception>
    public async Task<string> WrapAsync(byte[] key, CancellationToken cancellationToken)
    {
        var wrapped = await program.RunAsync("wrap", key, what => Failure("wrap", what), cancellationToken);
        if (wrapped.Length == 0 || wrapped.AsSpan().IndexOf(key) >= 0)
        {
            throw Failure("wrap", wrapped.Length == 0 ? "answered nothing" : "gave the key back as it is");
        }

        return Convert.ToBase64String(wrapped);
    }

    /// <exception cref="OperatorException">It failed, or what it answered is not the key with that id.</exception>
    public async Task<StoreKey> UnwrapAsync(string wrapped, string id, CancellationToken cancellationToken)
    {
        var key = await program.RunAsync("unwrap", Convert.FromBase64String(wrapped), what => Failure("unwrap", what), cancellationToken);
        try
        {
            return key.Length == StoreKey.Length && StoreKey.Of(key) is var found && found.Id == id ? found : throw Failure("unwrap", "answered something else than the key that it was given to wrap");
        }
        finally
        {
            CryptographicOperations.ZeroMemory(key);
        }
    }

    private static OperatorException Failure(string argument, string what) => new($"The program of store.key_program, called with {argument}, {what}.");
}
