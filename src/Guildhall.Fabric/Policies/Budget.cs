namespace Guildhall.Fabric;

/// <summary>How much work a question about policies may cost. Whoever writes a policy decides how hard it is, so the asker decides how much that is worth.</summary>
internal sealed class Budget(int steps, CancellationToken cancellationToken)
{
    private const int BetweenLooks = 4096;

    private int left = steps;
    private int sinceLook;

    /// <exception cref="BudgetSpentException">That was too much.</exception>
    /// <exception cref="OperationCanceledException">Nobody waits for the answer any more.</exception>
    public void Spend(int spent = 1)
    {
        left -= spent;
        if (left < 0)
        {
            throw new BudgetSpentException();
        }

        sinceLook += spent;
        if (sinceLook >= BetweenLooks)
        {
            sinceLook = 0;
            cancellationToken.ThrowIfCancellationRequested();
        }
    }

    /// <summary>Another budget of the same asker.</summary>
    public Budget Anew(int otherSteps) => new(otherSteps, cancellationToken);
}

/// <summary>The answer would cost more than it is worth. It is caught where a cheaper answer is known, and never leaves the library.</summary>
internal sealed class BudgetSpentException : Exception;
