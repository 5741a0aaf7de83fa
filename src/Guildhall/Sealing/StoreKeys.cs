using System.Collections.Concurrent;
using System.Security.Cryptography;

namespace Guildhall.Sealing;

/// <summary>The keys of a store that are at hand, wherever they are. Safe for concurrent use.</summary>
/// <remarks>
/// Which of them the store is sealed with, the store says. A key that is not known is looked for in the files again: a rotation puts it there while servers run.
/// </remarks>
/// <param name="file">The one that the operator has named; null for none.</param>
/// <param name="ownFile">The one beside a SQLite store; null for a store that is no file.</param>
/// <param name="program">Wraps and unwraps keys that the store holds; null for none.</param>
public sealed class StoreKeys(string? file, string? ownFile, KeyProgram? program)
{
    /// <summary>For what needs no key.</summary>
    public static readonly StoreKeys None = new(null, null, null);

    private readonly ConcurrentDictionary<string, StoreKey> known = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, Lazy<Task<StoreKey>>> unwrapping = new(StringComparer.Ordinal);

    /// <summary>Whether the operator has said where keys are.</summary>
    public bool IsNamed => file is not null || program is not null;

    /// <summary>Whether a key is at hand or can be made.</summary>
    public bool IsPossible => IsNamed || ownFile is not null;

    /// <summary>The file that a person is told of; null where there is none.</summary>
    public string? FileInWords => file ?? (program is null ? ownFile : null);

    private IEnumerable<string> Files => ((string?[])[file, ownFile]).OfType<string>().Where(one => one == file || File.Exists(one));

    /// <summary>What is given to a SQLite store without a word of the operator's: a file beside it. Nothing for one in PostgreSQL.</summary>
    public static StoreKeys BesideOf(string store) => new(null, FileBeside(store), null);

    /// <summary>The key file of a SQLite store where the operator names none; null for a store in PostgreSQL.</summary>
    public static string? FileBeside(string store) => store.Length == 0 || store.Contains('=') ? null : Path.GetFullPath(store) + ".key";

    /// <summary>The key with the id; null where it is nowhere.</summary>
    /// <param name="wrapped">As the program has wrapped it; null where no program has.</param>
    /// <exception cref="OperatorException">A file or the program fails.</exception>
    public async ValueTask<StoreKey?> FindAsync(string id, string? wrapped, CancellationToken cancellationToken)
    {
        if (FindKnown(id) is { } key)
        {
            return key;
        }

        if (wrapped is null || program is null)
        {
            return null;
        }

        // One run of the program serves everybody who waits for the key, and does not end when one of them goes away.
        var run = unwrapping.GetOrAdd(id, _ => new Lazy<Task<StoreKey>>(() => program.UnwrapAsync(wrapped, id, CancellationToken.None)));
        try
        {
            return known.GetOrAdd(id, await run.Value.WaitAsync(cancellationToken));
        }
        finally
        {
            if (run.Value.IsCompleted)
            {
                unwrapping.TryRemove(KeyValuePair.Create(id, run));
            }
        }
    }

    /// <summary>Opens the data key, until it is disposed.</summary>
    /// <exception cref="OperatorException">The store's key is not at hand.</exception>
    public async ValueTask<DataKey> OpenAsync(WrappedKey wrapped, CancellationToken cancellationToken) =>
        DataKey.Unwrap(wrapped, await FindAsync(wrapped.StoreKeyId, wrapped.WrappedStoreKey, cancellationToken) ?? throw Missing(wrapped.StoreKeyId));

    /// <summary>As <see cref="OpenAsync"/>, for who cannot wait. It waits only where a program has to be asked for a key that came with a rotation.</summary>
    public DataKey Open(WrappedKey wrapped) => OpenAsync(wrapped, CancellationToken.None).AsTask().GetAwaiter().GetResult();

    /// <summary>The key that a new store, or a rotation, takes; the program's is a new one each time.</summary>
    /// <remarks>A file beside the store is made where there is none.</remarks>
    /// <exception cref="OperatorException">There is none.</exception>
    public async Task<NewStoreKey> ChooseAsync(CancellationToken cancellationToken)
    {
        if (file is not null)
        {
            return new(Learn(file)[0], null);
        }

        if (program is not null)
        {
            return await MakeAsync(program, cancellationToken);
        }

        if (ownFile is null)
        {
            throw new OperatorException(NotNamed);
        }

        if (!File.Exists(ownFile))
        {
            KeyFile.Make(ownFile);
        }

        return new(Learn(ownFile)[0], null);
    }

    /// <summary>A key that the store is not sealed with yet: from the named file, or else from the program, or else made and put into the file beside the store.</summary>
    /// <exception cref="OperatorException">There is none; the message says what to do.</exception>
    public async Task<NewStoreKey> ChooseNextAsync(string current, CancellationToken cancellationToken)
    {
        if (file is not null && Learn(file)[0] is var first && first.Id != current)
        {
            return new(first, null);
        }

        if (program is not null)
        {
            return await MakeAsync(program, cancellationToken);
        }

        if (file is not null)
        {
            throw new OperatorException(
                $"""
                The store is sealed with the first key of {file} already. Put a new one before it, in the files of all replicas, and run this again:
                  (umask 077; (openssl rand -base64 {StoreKey.Length}; cat {file}) > {file}.new && mv {file}.new {file})
                """);
        }

        if (ownFile is null || !File.Exists(ownFile))
        {
            throw new OperatorException(ownFile is null ? NotNamed : $"The key file {ownFile} is missing.");
        }

        if (Learn(ownFile)[0].Id == current)
        {
            KeyFile.Prepend(ownFile);
        }

        return new(Learn(ownFile)[0], null);
    }

    /// <summary>Opens a private key that a version without data keys has sealed; null where no key at hand opens it. Whoever asks for it wipes it.</summary>
    public byte[]? OpenOfEarlierVersion(string sealedKey, string owner)
    {
        foreach (var key in Files.SelectMany(Learn))
        {
            try
            {
                return key.OpenOfEarlierVersion(sealedKey, owner);
            }
            catch (CryptographicException)
            {
                // Another one may.
            }
        }

        return null;
    }

    /// <summary>What to say where the store's key is not at hand.</summary>
    public OperatorException Missing(string id) => new(
        $"""
        The store is sealed with the key {id}, and {Where()}. Without it, the access keys and sealed private keys in the store cannot be used.
        Put the key file back from its backup{(file is null && program is null ? ", or name it with store.key_file" : "")}. Where it is lost for good, guildhall store replace-lost-key takes a new one:
        all access keys and sealed private keys are gone then, and everything else stays (docs/operating.md, The store's key).
        """);

    private string Where() => (file, program, ownFile) switch
    {
        (not null, _, _) => $"{file} holds another one",
        (_, not null, _) => "the program of store.key_program did not wrap it",
        (_, _, not null) => File.Exists(ownFile) ? $"{ownFile} holds another one" : $"its key file {ownFile} is missing",
        _ => "none is named: set store.key_file or store.key_program",
    };

    /// <summary>What to say where nobody has named a key.</summary>
    public static string NotNamed =>
        $"A store in PostgreSQL needs a key that is not in it, the same for every replica: set store.key_file (make one with: (umask 077; openssl rand -base64 {StoreKey.Length} > /etc/guildhall/store.key)), or store.key_program.";

    private StoreKey? FindKnown(string id)
    {
        if (!known.TryGetValue(id, out var key))
        {
            foreach (var one in Files)
            {
                Learn(one);
            }

            known.TryGetValue(id, out key);
        }

        return key;
    }

    private IReadOnlyList<StoreKey> Learn(string path)
    {
        try
        {
            var keys = KeyFile.Read(path);
            foreach (var key in keys)
            {
                known.TryAdd(key.Id, key);
            }

            return keys;
        }
        catch (OperatorException problem)
        {
            throw new OperatorException($"The store's key cannot be had: {problem.Message}.");
        }
    }

    private async Task<NewStoreKey> MakeAsync(KeyProgram with, CancellationToken cancellationToken)
    {
        var key = StoreKey.New(out var bytes);
        try
        {
            var wrapped = await with.WrapAsync(bytes, cancellationToken);
            _ = await with.UnwrapAsync(wrapped, key.Id, cancellationToken); // a key that comes back is the only one to seal with
            known.TryAdd(key.Id, key);
            return new(key, wrapped);
        }
        finally
        {
            CryptographicOperations.ZeroMemory(bytes);
        }
    }
}

/// <summary>A key of the store that it is to be sealed with.</summary>
/// <param name="Wrapped">As the program has wrapped it, to be kept in the store; null for a key from a file.</param>
public sealed record NewStoreKey(StoreKey Key, string? Wrapped);
