using System.Globalization;
using Microsoft.AspNetCore.Components;

namespace Guildhall.Console;

/// <summary>A component of a page. It is handed all that it shows, and looks nothing up.</summary>
public abstract class ConsoleComponent : ComponentBase
{
    [CascadingParameter]
    internal ConsoleRequest Request { get; set; } = null!;

    /// <summary>The English text in the language of the page.</summary>
    protected string T(string text) => Request.T(text);

    /// <summary>The text with what is particular to this case in its places.</summary>
    protected string T(string text, params object[] values) => Request.T(text, values);

    /// <summary>The number, or that there are at least so many.</summary>
    protected string Number(long count, bool isExact) => isExact ? count.ToString(CultureInfo.InvariantCulture) : T("at least {0}", count);
}

/// <summary>A component that shows a model.</summary>
public abstract class View<TModel> : ConsoleComponent
{
    [Parameter]
    public TModel Model { get; set; } = default!;
}
