using System.Diagnostics.CodeAnalysis;

namespace Guildhall.Memberships;

/// <summary>A value, or the refusal that stands in its place. Refusals are the caller's doing; bugs are thrown.</summary>
public readonly struct Result<T>
{
    private readonly T value;
    private readonly Refusal? refusal;

    private Result(T value, Refusal? refusal) => (this.value, this.refusal) = (value, refusal);

    public static implicit operator Result<T>(T value) => new(value, null);

    public static implicit operator Result<T>(Refusal refusal) => new(default!, refusal);

    public bool IsRefused([NotNullWhen(true)] out Refusal? why, out T outcome)
    {
        (why, outcome) = (refusal, value);
        return refusal is not null;
    }

    public bool IsRefused([NotNullWhen(true)] out Refusal? why) => IsRefused(out why, out _);
}

/// <summary>The outcome of an operation that has nothing to say but that it is done.</summary>
public readonly record struct Done;
