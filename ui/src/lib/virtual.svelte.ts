// Virtual scrolling: which rows of a long list to draw. A thin runes wrapper over @tanstack/virtual-core.
import { elementScroll, observeElementOffset, observeElementRect, Virtualizer, type VirtualItem } from "@tanstack/virtual-core";

interface Options {
  /** Rows in the list now. */
  readonly count: () => number;
  /** Height of a row in pixels. */
  readonly height: number;
  /** Rows drawn beyond the visible ones. */
  readonly overscan: number;
  /** Height of what sticks to the top of the scrolling element. */
  readonly header: number;
}

export class VirtualRows {
  #version = $state(0);
  #pending = false;
  #element: HTMLElement | null = null;
  readonly #options: Options;
  readonly #core: Virtualizer<HTMLElement, HTMLElement>;

  constructor(options: Options) {
    this.#options = options;
    this.#core = new Virtualizer<HTMLElement, HTMLElement>(this.#settings());
  }

  #settings() {
    return {
      count: this.#options.count(),
      getScrollElement: () => this.#element,
      estimateSize: () => this.#options.height,
      overscan: this.#options.overscan,
      scrollPaddingStart: this.#options.header,
      scrollToFn: elementScroll,
      observeElementRect,
      observeElementOffset,
      onChange: () => this.#changed(),
    };
  }

  /** The core may speak while rows are being read, when no state may change: the news waits for the end of the turn. */
  #changed(): void {
    if (this.#pending) return;
    this.#pending = true;
    queueMicrotask(() => {
      this.#pending = false;
      this.#version += 1;
    });
  }

  /** Follows a scrolling element; returns what ends it. To be used in an effect. */
  attach(element: HTMLElement): () => void {
    this.#element = element;
    const stop = this.#core._didMount();
    this.#core._willUpdate();
    this.#changed();
    return () => {
      stop();
      this.#element = null;
    };
  }

  /** Takes over a new number of rows. To be used in an effect that depends on it. */
  update(): void {
    this.#core.setOptions(this.#settings());
    this.#core._willUpdate();
    this.#core.measure();
  }

  /** The rows to draw. */
  get items(): readonly VirtualItem[] {
    void this.#version;
    return this.#core.getVirtualItems();
  }

  /** Height of all rows together. */
  get total(): number {
    void this.#version;
    return this.#core.getTotalSize();
  }
}
